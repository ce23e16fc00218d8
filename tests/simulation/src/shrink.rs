//! Owns making a failing story short: orders are left out as long as it still fails in the same way.

use crate::both::Both;
use crate::step::Step;
use crate::world::Prices;

/// A failing story.
pub(crate) struct Story {
    pub(crate) steps: Vec<Step>,
    pub(crate) why: String,
}

/// Replays at most; a long story stays long rather than taking the day.
const REPLAYS: u32 = 3_000;

/// The index of the step at which it fails, and how.
fn fails(steps: &[Step], prices: &Prices) -> Option<(usize, String)> {
    let mut both = Both::new("payer-0".parse().expect("an account id"), prices, true);
    steps.iter().enumerate().find_map(|(index, step)| both.step(step, false).err().map(|why| (index, why)))
}

/// What differs, without the figures.
fn kind(why: &str) -> String {
    let lines = why.lines().map(|line| line.split(['{', '[', '(']).next().unwrap_or(line));
    lines.flat_map(|line| line.chars().filter(|letter| !letter.is_ascii_digit()).take(60).chain(['\n'])).collect()
}

pub(crate) fn shrunk(script: &[Step], why: &str, prices: &Prices) -> Story {
    let Some((index, first)) = fails(script, prices) else {
        return Story { steps: script.to_vec(), why: format!("{why}\n(it does not fail when it is told again)") };
    };
    let mut story = Story { steps: script[..=index].to_vec(), why: first };
    let mut replays = 0;
    let mut chunk = (story.steps.len() / 2).max(1);
    loop {
        let mut from = 0;
        let mut shorter = false;
        while from < story.steps.len() && replays < REPLAYS {
            let to = (from + chunk).min(story.steps.len());
            let without: Vec<Step> = story.steps[..from].iter().chain(&story.steps[to..]).cloned().collect();
            replays += 1;
            match fails(&without, prices) {
                Some((index, why)) if kind(&why) == kind(&story.why) => {
                    story = Story { steps: without[..=index].to_vec(), why };
                    shorter = true;
                }
                Some(_) | None => from = to,
            }
        }
        if replays >= REPLAYS || (chunk == 1 && !shorter) {
            return story;
        }
        chunk = (chunk / 2).max(1);
    }
}
