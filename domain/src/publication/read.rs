//! Owns reading a published list back from its event.

use super::Event;
use crate::catalog::{Catalog, CatalogFault, PriceList};

/// Why a published list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Its text is no price list, or it clashes with another.
    #[error("{0}")]
    Faulty(#[from] CatalogFault),
    /// The event says something else of the list than its text does.
    #[error("the event says `{stated}` of the list, its text says `{found}`")]
    Misstated {
        /// What the event says.
        stated: String,
        /// What the text says.
        found: String,
    },
}

impl Event {
    /// The list that was published, read again from its text and held against what the event says of it.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn list(&self) -> Result<PriceList, Unusable> {
        match self {
            Self::PriceListPublished { price_list, effective_from, content_hash, text, at: _ } => {
                let list = PriceList::parse(&format!("price list {price_list}"), text)?;
                let stated = [price_list.to_string(), effective_from.to_string(), content_hash.clone()];
                let found = [list.id().to_owned(), list.effective_from().to_string(), list.content_hash()];
                match stated.into_iter().zip(found).find(|(stated, found)| stated != found) {
                    Some((stated, found)) => Err(Unusable::Misstated { stated, found }),
                    None => Ok(list),
                }
            }
        }
    }

    /// The catalogue with this event folded into it.
    ///
    /// # Errors
    /// [`Unusable`]. A node stops there rather than price by a list that has been superseded.
    pub fn fold_into(&self, catalog: &Catalog) -> Result<Catalog, Unusable> {
        Ok(catalog.with(self.list()?)?)
    }
}
