//! What a run keeps so that it can continue later as if it had never stopped.
//!
//! When a plugin is built, it names in [`Snapshots`] which state of its own outlives a tick. Everything else, from the
//! prompts to the random streams, comes out the same again when the scenario is spawned.

use super::{AgentId, Home, Ranks, Roster};
use bevy_ecs::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::sync::Arc;

/// State that cannot be read as what it should be.
#[derive(Debug, thiserror::Error)]
#[error("{part}: {problem}")]
pub struct SnapshotError {
    /// Which part of the world.
    pub part: String,
    /// What happened.
    pub problem: String,
}

type Save = Box<dyn Fn(&World, &mut dyn Write) -> io::Result<()> + Send + Sync>;
type Load = Box<dyn Fn(&mut World, &mut dyn Read) -> Result<(), String> + Send + Sync>;

/// Everything that outlives a tick, by name.
#[derive(Resource, Default)]
pub struct Snapshots {
    parts: BTreeMap<&'static str, (Save, Load)>,
    /// Names of the plugins' policies that are covered.
    policies: BTreeSet<String>,
}

impl Snapshots {
    /// Keeps a resource, as a whole.
    pub fn resource<R: Resource + Serialize + DeserializeOwned>(&mut self, name: &'static str) {
        let save: Save = Box::new(|world, out| write(&world.get_resource::<R>(), out));
        let load: Load = Box::new(|world, input| {
            if let Some(resource) = read::<Option<R>>(input)? {
                world.insert_resource(resource);
            }
            Ok(())
        });
        self.parts.insert(name, (save, load));
    }

    /// Keeps what `save` takes of an agent, if anything; `load` gives it back to the newly spawned agent.
    pub fn agents<S: Serialize + DeserializeOwned + 'static>(
        &mut self,
        name: &'static str,
        save: fn(EntityRef) -> Option<S>,
        load: fn(&mut EntityWorldMut, S) -> Result<(), String>,
    ) {
        let save: Save = Box::new(move |world, out| {
            let ranks = world.get_resource::<Ranks>().cloned().unwrap_or_default();
            for (agent, entity) in (0u32..).zip(&world.resource::<Roster>().0) {
                let entity = world.entity(*entity);
                let home = entity.get::<Home>().copied().unwrap_or_default();
                // Bytes, so that what is kept from elsewhere need not be made again in between.
                let state = || save(entity).map(|state| postcard::to_stdvec(&state).map_err(|error| error.to_string()));
                if let Some(Some(state)) = ranks.bring_first(home, state) {
                    write(&Some(agent), out)?;
                    out.write_all(&state.map_err(io::Error::other)?)?;
                }
            }
            write(&None::<u32>, out)
        });
        let load: Load = Box::new(move |world, input| {
            while let Some(agent) = read::<Option<u32>>(input)? {
                let state = read(input)?;
                let entity = world.resource::<Roster>().0.get(AgentId(agent).index()).copied();
                let entity = entity.ok_or_else(|| format!("there is no agent number {agent}"))?;
                load(&mut world.entity_mut(entity), state).map_err(|problem| format!("agent {agent}: {problem}"))?;
            }
            Ok(())
        });
        self.parts.insert(name, (save, load));
    }

    /// Keeps a component of agents, as a whole, where they have it.
    pub fn component<C: Component + Clone + Serialize + DeserializeOwned>(&mut self, name: &'static str) {
        let give = |agent: &mut EntityWorldMut, component: C| {
            agent.insert(component);
            Ok(())
        };
        self.agents(name, |agent| agent.get::<C>().cloned(), give);
    }

    /// Declares that nothing of the plugin's policy `name` outlives a tick except what was named here.
    pub fn covers(&mut self, name: &str) {
        self.policies.insert(name.to_string());
    }

    /// Whether that was declared.
    pub fn is_covered(&self, policy: &str) -> bool {
        self.policies.contains(policy)
    }

    /// Writes all parts. All ranks call this at the same time, and the first writes what all of them hold; what the
    /// others write is of no use.
    ///
    /// # Errors
    /// With what the system said.
    pub fn save(&self, world: &World, out: &mut dyn Write) -> io::Result<()> {
        // After an error, ranks that send what they hold are still to be heard.
        let mut out = Enduring { out, error: None };
        for (name, (save, _)) in &self.parts {
            write(name, &mut out)?;
            save(world, &mut out)?;
        }
        out.error.map_or(Ok(()), Err)
    }

    /// Reads what [`Snapshots::save`] wrote into a world in which the same scenario was spawned.
    pub fn load(world: &mut World, input: &mut dyn Read) -> Result<(), SnapshotError> {
        world.resource_scope(|world, snapshots: Mut<Self>| {
            for (name, (_, load)) in &snapshots.parts {
                let error = |problem| SnapshotError { part: (*name).to_string(), problem };
                let found: String = read(input).map_err(error)?;
                if found != *name {
                    return Err(error(format!("found {found} in its place: written with other plugins")));
                }
                load(world, input).map_err(error)?;
            }
            Ok(())
        })
    }
}

/// Appends `value`.
///
/// # Errors
/// With what the system said: the format itself reports every failed write as a full buffer.
pub fn write<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Remembering { out, error: None };
    let written = postcard::to_io(value, &mut out).map(|_| ());
    written.map_err(|error| out.error.unwrap_or_else(|| io::Error::other(error)))
}

/// A writer that throws away whatever follows the first error, which it keeps.
struct Enduring<'a> {
    out: &'a mut dyn Write,
    error: Option<io::Error>,
}

impl Write for Enduring<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.error.is_none()
            && let Err(error) = self.out.write_all(bytes)
        {
            self.error = Some(error);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.error.is_none()
            && let Err(error) = self.out.flush()
        {
            self.error = Some(error);
        }
        Ok(())
    }
}

/// A writer that keeps the first error.
struct Remembering<'a> {
    out: &'a mut dyn Write,
    error: Option<io::Error>,
}

impl Remembering<'_> {
    fn keep<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            self.error.get_or_insert(error);
            kind.into()
        })
    }
}

impl Write for Remembering<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.keep(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.keep(flushed)
    }
}

/// Reads what [`write()`] appended. No length in `input` is trusted: lists grow as their items are read.
///
/// # Errors
/// If it is not a `T`.
pub fn read<T: DeserializeOwned>(mut input: &mut dyn Read) -> Result<T, String> {
    // A text is put here before it is copied; longer texts are refused as damage.
    let mut texts = vec![0; 1 << 16];
    postcard::from_io((&mut input, &mut texts)).map(|(value, _)| value).map_err(|error| error.to_string())
}

/// The state of something behind a trait object. Clones share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opaque(Arc<Vec<u8>>);

impl Serialize for Opaque {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_slice().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Opaque {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|bytes| Self(Arc::new(bytes)))
    }
}

impl Opaque {
    /// Keeps `state`.
    ///
    /// # Panics
    /// If `state` holds something without a fixed form, such as a map of unknown length.
    pub fn new<T: Serialize>(state: &T) -> Self {
        Self(Arc::new(postcard::to_stdvec(state).expect("the state is made of numbers, lists and texts")))
    }

    /// Gives it back.
    pub fn open<T: DeserializeOwned>(&self) -> Result<T, String> {
        postcard::from_bytes(&self.0).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Habit(Vec<f32>, Option<String>);

    #[derive(Resource, Debug, PartialEq, Serialize, Deserialize)]
    struct Weather(f64);

    fn world(habits: &[Option<Habit>]) -> World {
        let mut world = World::new();
        let mut snapshots = Snapshots::default();
        snapshots.component::<Habit>("habits");
        snapshots.resource::<Weather>("weather");
        world.insert_resource(snapshots);
        let roster = habits.iter().enumerate().map(|(i, habit)| {
            let mut agent = world.spawn(AgentId(i as u32));
            habit.iter().for_each(|habit| {
                agent.insert(habit.clone());
            });
            agent.id()
        });
        let roster = Roster(roster.collect());
        world.insert_resource(roster);
        world
    }

    fn saved(world: &World) -> Vec<u8> {
        let mut bytes = Vec::new();
        world.resource::<Snapshots>().save(world, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_was_saved_is_there_again() {
        let habit = |x: f32| Some(Habit(vec![x, f32::MIN_POSITIVE, -0.0], Some("whistles".into())));
        let mut before = world(&[habit(1.5), None, habit(0.1)]);
        before.insert_resource(Weather(0.1 + 0.2));
        let bytes = saved(&before);
        let mut after = world(&[None, None, habit(9.0)]);
        Snapshots::load(&mut after, &mut &bytes[..]).unwrap();
        let roster = after.resource::<Roster>().0.clone();
        let found: Vec<Option<Habit>> = roster.iter().map(|agent| after.get::<Habit>(*agent).cloned()).collect();
        assert_eq!(found, [habit(1.5), None, habit(0.1)]);
        assert_eq!(*after.resource::<Weather>(), Weather(0.1 + 0.2));
        assert_eq!(saved(&after), bytes);
    }

    #[test]
    fn half_a_snapshot_and_one_of_other_agents_or_plugins_are_refused() {
        let bytes = saved(&world(&[None, Some(Habit(vec![1.0], None))]));
        let error = |world: &mut World, bytes: &[u8]| Snapshots::load(world, &mut &bytes[..]).unwrap_err().to_string();
        assert!(error(&mut world(&[None, None]), &bytes[..bytes.len() / 2]).starts_with("habits: "));
        assert!(error(&mut world(&[None]), &bytes).contains("no agent number 1"));
        let mut other = world(&[None, None]);
        other.resource_mut::<Snapshots>().resource::<Weather>("a climate");
        assert!(error(&mut other, &bytes).contains("other plugins"));
    }

    #[test]
    fn what_the_system_said_is_kept() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let world = world(&[Some(Habit(vec![1.0], None))]);
        let error = world.resource::<Snapshots>().save(&world, &mut Full).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn a_length_that_no_memory_holds_is_refused_without_asking_for_it() {
        // 2⁶³ numbers, none of which are there.
        let mut bytes = Vec::new();
        write(&(1u64 << 63), &mut bytes).unwrap();
        assert!(read::<Vec<f64>>(&mut &bytes[..]).is_err());
        assert!(read::<String>(&mut &bytes[..]).is_err());
        assert!(read::<BTreeMap<String, u64>>(&mut &bytes[..]).is_err());
        assert!(read::<Opaque>(&mut &bytes[..]).is_err());
    }

    #[test]
    fn opaque_state_comes_back() {
        let state = (3u64, vec![0.5f64, -1.0]);
        assert_eq!(Opaque::new(&state).open::<(u64, Vec<f64>)>(), Ok(state));
        assert!(Opaque::new(&1u8).open::<(u64, Vec<f64>)>().is_err());
    }
}
