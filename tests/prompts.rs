//! Prompts say what the game pays: the table is read back and compared.

use agora::games::{Game, Observation, catalog};
use agora::policies::llm::prompt::Phrasing;
use agora::policies::llm::prompt::{PromptConfig, PromptVariant, TableLayout};

/// The cells of the markdown table in `text`, header row and column included.
fn table(text: &str) -> Vec<Vec<String>> {
    let rows = text.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_string()).collect()).collect()
}

#[test]
fn the_payoff_table_of_every_catalog_game_reads_back_as_the_game() {
    let config = PromptConfig { labels: vec!["left".into(), "right".into()], ..PromptConfig::default() };
    for entry in catalog::ENTRIES {
        let game = entry.game();
        for seat in 0..2 {
            for row_order in [vec![0, 1], vec![1, 0]] {
                let variant = PromptVariant {
                    seat,
                    label_order: vec![0, 1],
                    row_order,
                    seen: Observation::Opening,
                    reputation: None,
                };
                let cells = table(&config.render(&game, &variant));
                for row in 1..=2 {
                    for column in 1..=2 {
                        let action = |label: &str| config.labels.iter().position(|l| l == label).unwrap() as u8;
                        let (own, other) = (action(&cells[row][0]), action(&cells[0][column]));
                        let joint = if seat == 0 { [own, other] } else { [other, own] };
                        let mut payoffs = [0.0; 2];
                        game.payoffs(&joint, &mut payoffs);
                        let read: Vec<f64> = cells[row][column].split(',').map(|n| n.trim().parse().unwrap()).collect();
                        assert_eq!(read, [payoffs[seat], payoffs[1 - seat]], "{} seat {seat}", entry.name);
                    }
                }
            }
        }
    }
}

#[test]
fn the_share_table_of_a_public_good_reads_back_as_the_game() {
    let game = agora::games::public_goods::PublicGoods::new(4, 2.0, 10.0).unwrap();
    let config = PromptConfig { labels: vec!["give".into(), "keep".into()], ..PromptConfig::default() };
    let variant = PromptVariant {
        seat: 0,
        label_order: vec![0, 1],
        row_order: vec![0, 1],
        seen: Observation::Opening,
        reputation: None,
    };
    let cells = table(&config.render(&game, &variant));
    for (row, own) in [(1, 0u8), (2, 1)] {
        for others in 0..=3usize {
            let mut joint = [1u8; 4];
            joint[1..=others].fill(0);
            joint[0] = own;
            let mut payoffs = [0.0; 4];
            game.payoffs(&joint, &mut payoffs);
            let read: f64 = cells[row][1 + others].parse().unwrap();
            assert!((read - payoffs[0]).abs() < 0.005, "{own} with {others} givers: {read}, not {}", payoffs[0]);
        }
    }
}

#[test]
fn what_is_said_of_the_last_round_names_both_actions_in_order() {
    let game = catalog::game("prisoners_dilemma").unwrap();
    let config = PromptConfig::default();
    let said = |seen| {
        let variant = PromptVariant { seat: 0, label_order: vec![1, 0], row_order: vec![0, 1], seen, reputation: None };
        config.render(&game, &variant)
    };
    let text = said(Observation::Last { own: 1, others: 0 });
    assert!(text.ends_with("Last round you chose action2, agent A chose action1."), "{text}");
    assert!(text.contains("action2 or action1"), "the order of the labels as asked for: {text}");
    assert!(said(Observation::Opening).ends_with("This is the first round."));
    for word in ["prisoner", "dilemma", "cooperate", "defect"] {
        assert!(!text.to_lowercase().contains(word), "{word}");
    }
}

#[test]
fn a_turned_table_says_the_same() {
    let game = catalog::game("bach_or_stravinsky").unwrap();
    for layout in [TableLayout::ColumnsSwapped, TableLayout::RowsSwapped, TableLayout::Reversed] {
        let config = PromptConfig { table: layout, ..PromptConfig::default() };
        let variant = PromptVariant {
            seat: 0,
            label_order: vec![0, 1],
            row_order: vec![0, 1],
            seen: Observation::Opening,
            reputation: None,
        };
        let cells = table(&config.render(&game, &variant));
        let rows = [&cells[1][0], &cells[2][0]];
        let columns = [&cells[0][1], &cells[0][2]];
        let turned = |turn: bool| if turn { ["action2", "action1"] } else { ["action1", "action2"] };
        assert_eq!(rows, turned(layout != TableLayout::ColumnsSwapped), "{layout:?}");
        assert_eq!(columns, turned(layout != TableLayout::RowsSwapped), "{layout:?}");
        for (row, line) in cells[1..].iter().enumerate() {
            for (column, cell) in line[1..].iter().enumerate() {
                let action = |label: &str| u8::from(label == "action2");
                let mut payoffs = [0.0; 2];
                game.payoffs(&[action(rows[row]), action(columns[column])], &mut payoffs);
                assert_eq!(*cell, format!("{}, {}", payoffs[0], payoffs[1]), "{layout:?}");
            }
        }
    }
}

#[test]
fn every_phrasing_names_both_labels_and_keeps_its_promise() {
    let game = catalog::game("prisoners_dilemma").unwrap();
    let said = |phrasing, seen| {
        let config = PromptConfig { phrasing, ..PromptConfig::default() };
        config.render(
            &game,
            &PromptVariant { seat: 0, label_order: vec![0, 1], row_order: vec![0, 1], seen, reputation: None },
        )
    };
    let last = Observation::Last { own: 0, others: 1 };
    use Phrasing::{BareChoice, Explicit, LastMoveOnly, NoPayoffs, Plain, Story, Structured};
    for phrasing in [Structured, Plain, Story, Explicit, NoPayoffs, BareChoice, LastMoveOnly] {
        let text = said(phrasing, last);
        assert!(text.contains("action1") && text.contains("action2"), "{text}");
        // Only two of them do not depend on the last round, and only one names the game.
        let depends = said(phrasing, last) != said(phrasing, Observation::Last { own: 0, others: 0 });
        assert_eq!(depends, !matches!(phrasing, NoPayoffs | BareChoice), "{text}");
        assert_eq!(text.contains("dilemma"), phrasing == Explicit, "{text}");
        let gives_payoffs = text.chars().any(|c| c.is_ascii_digit() && c != '1' && c != '2');
        assert_eq!(gives_payoffs, matches!(phrasing, Structured | Plain), "{text}");
    }
    assert!(said(LastMoveOnly, last).ends_with("Last round agent A chose action2."));
    assert!(
        said(Plain, last).contains("If you pick action2 and your friend picks action1, you get 4 and your friend 0.")
    );
    assert!(said(Story, last).ends_with("Last weekend you chose action1, your flatmate chose action2."));
}
