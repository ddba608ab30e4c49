//! One or several safetensors files as named tensors, each read when it is asked for.

use super::shards::weight_files;
use crate::llm::error::ModelError;
use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Where one tensor lies.
#[derive(Debug)]
struct Entry {
    file: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    start: u64,
    bytes: usize,
    taken: bool,
}

/// The tensors of a folder: headers read, numbers not yet.
#[derive(Debug)]
pub(crate) struct TensorFiles {
    files: Vec<(PathBuf, File)>,
    entries: BTreeMap<String, Entry>,
}

impl TensorFiles {
    /// Reads the headers of the weight files in `folder`.
    ///
    /// # Errors
    /// If there is none, or one is truncated.
    pub(crate) fn open(folder: &Path) -> Result<Self, ModelError> {
        let mut this = Self { files: Vec::new(), entries: BTreeMap::new() };
        for path in weight_files(folder)? {
            this.add_file(path)?;
        }
        Ok(this)
    }

    fn add_file(&mut self, path: PathBuf) -> Result<(), ModelError> {
        let mut file = File::open(&path).map_err(ModelError::io("read", &path))?;
        let file_len = file.metadata().map_err(ModelError::io("read", &path))?.len();
        let header = read_header(&mut file, file_len, &path)?;
        let metadata: Metadata = serde_json::from_slice(&header)
            .map_err(|e| ModelError::damaged(&path, format!("not a safetensors file ({e}); fetch it again")))?;
        let data_start = 8 + header.len() as u64;
        for (name, info) in metadata.tensors() {
            let (start, end) = info.data_offsets;
            if data_start + end as u64 > file_len {
                let problem = format!(
                    "truncated: tensor {name} ends at byte {}, the file at {file_len}; fetch it again",
                    data_start + end as u64
                );
                return Err(ModelError::damaged(&path, problem));
            }
            let entry = Entry {
                file: self.files.len(),
                dtype: info.dtype,
                shape: info.shape.clone(),
                start: data_start + start as u64,
                bytes: end - start,
                taken: false,
            };
            self.entries.insert(name, entry);
        }
        self.files.push((path, file));
        Ok(())
    }

    /// Whether there is a tensor of this name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The shape of the tensor called `name`, if there is one.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.entries.get(name).map(|entry| &entry.shape[..])
    }

    /// How many numbers all tensors hold together.
    pub(crate) fn numbers(&self) -> u64 {
        self.entries.values().map(|entry| (entry.bytes * 8 / entry.dtype.bitsize().max(1)) as u64).sum()
    }

    /// The values of the tensor called `name`, which `whose` model needs in this `shape`, row-major.
    ///
    /// # Errors
    /// If it is missing, has another shape, or is not made of floats.
    pub(crate) fn take(&mut self, name: &str, shape: &[usize], whose: &str) -> Result<Vec<f32>, ModelError> {
        let Some(entry) = self.entries.get_mut(name) else {
            let problem = format!("tensor {name} is missing, which {whose} needs");
            return Err(ModelError::damaged(&self.files[0].0, problem));
        };
        let (path, file) = &mut self.files[entry.file];
        if entry.shape != shape {
            let problem = format!("tensor {name} has shape {:?}, config.json asks for {shape:?}", entry.shape);
            return Err(ModelError::damaged(path, problem));
        }
        let mut bytes = vec![0u8; entry.bytes];
        file.seek(SeekFrom::Start(entry.start)).map_err(ModelError::io("read", path))?;
        file.read_exact(&mut bytes).map_err(ModelError::io("read", path))?;
        entry.taken = true;
        widen(&bytes, entry.dtype).ok_or_else(|| {
            let what = format!("tensor {name} is {:?}; F32, F16 and BF16 are supported", entry.dtype);
            ModelError::unsupported(path, what)
        })
    }

    /// The file that holds `name`, or the first one.
    pub(crate) fn path_of(&self, name: &str) -> &Path {
        &self.files[self.entries.get(name).map_or(0, |entry| entry.file)].0
    }

    /// Refuses tensors that nobody took: they would be left out of the computation of `whose` model. Not those that are
    /// `harmless`, nor the angles of rotary embeddings, which follow from the configuration.
    ///
    /// # Errors
    /// With the first of them.
    pub(crate) fn refuse_leftovers(&self, whose: &str, harmless: impl Fn(&str) -> bool) -> Result<(), ModelError> {
        let is_harmless = |name: &str| name.ends_with("rotary_emb.inv_freq") || harmless(name);
        match self.entries.iter().find(|(name, entry)| !entry.taken && !is_harmless(name)) {
            None => Ok(()),
            Some((name, entry)) => {
                let what = format!("tensor {name} has no place in {whose}");
                Err(ModelError::unsupported(&self.files[entry.file].0, what))
            }
        }
    }
}

/// The JSON header of a safetensors file, whose length the first eight bytes give.
fn read_header(file: &mut File, file_len: u64, path: &Path) -> Result<Vec<u8>, ModelError> {
    let mut header = vec![0u8; 8];
    let short = |e: std::io::Error| {
        ModelError::damaged(path, format!("too short for a safetensors file ({e}); fetch it again"))
    };
    file.read_exact(&mut header).map_err(short)?;
    let len = u64::from_le_bytes(header[..8].try_into().expect("eight bytes were read"));
    if len > file_len.saturating_sub(8) {
        let problem = format!(
            "not a safetensors file, or truncated: header of {len} bytes in a file of {file_len}; fetch it again"
        );
        return Err(ModelError::damaged(path, problem));
    }
    header.resize(len as usize, 0);
    file.read_exact(&mut header).map_err(short)?;
    Ok(header)
}

/// Little-endian numbers of a float type as f32; `None` for other types.
pub(crate) fn widen(bytes: &[u8], dtype: Dtype) -> Option<Vec<f32>> {
    let two = |chunk: &[u8]| [chunk[0], chunk[1]];
    match dtype {
        Dtype::F32 => Some(bytes.chunks_exact(4).map(|c| f32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect()),
        Dtype::F16 => Some(bytes.chunks_exact(2).map(|c| f16::from_le_bytes(two(c)).to_f32()).collect()),
        Dtype::BF16 => Some(bytes.chunks_exact(2).map(|c| bf16::from_le_bytes(two(c)).to_f32()).collect()),
        _ => None,
    }
}
