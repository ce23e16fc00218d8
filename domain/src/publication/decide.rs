//! Owns the decisions of a publication.

use super::{Command, Error, Event, Publication};
use crate::calendar::{day_of, plus_days};

impl Publication {
    /// The facts a step brings about.
    ///
    /// # Errors
    /// [`Error`], the first refusal that fits.
    pub fn decide(&self, step: &Command) -> Result<Vec<Event>, Error> {
        match (self.published(), step) {
            (Some(_), Command::Publish { .. }) => Err(Error::AlreadyPublished),
            (None, Command::Publish { price_list, effective_from, content_hash, text, at }) => {
                let earliest = plus_days(day_of(*at), 1);
                if *effective_from < earliest {
                    return Err(Error::NotForTheFuture { effective_from: *effective_from, earliest });
                }
                Ok(vec![Event::PriceListPublished {
                    price_list: price_list.clone(),
                    effective_from: *effective_from,
                    content_hash: content_hash.clone(),
                    text: text.clone(),
                    at: *at,
                }])
            }
        }
    }
}
