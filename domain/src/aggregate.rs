//! Owns the glue between a pure decider and cqrs-es: `handle` gives what `decide` returns to the sink, `apply` calls
//! `evolve`.
//!
//! Does not own any rule. `Services` is `()` for every aggregate: what a decision needs travels inside the step, so a
//! test needs no catalogue.

/// What folding a fact did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folded {
    /// The state is now what the fact says.
    InPlace,
    /// `decide` never emits this fact in this state: the state stays as it was, and `verify` reports the event.
    OutOfPlace,
}

/// A state that folds its own events.
pub(crate) trait Folds {
    /// Its events.
    type Event;
    /// Folds one.
    fn fold(&mut self, event: &Self::Event) -> Folded;
}

macro_rules! aggregate {
    ($state:ty, $kind:literal) => {
        impl crate::aggregate::Folds for $state {
            type Event = Event;
            fn fold(&mut self, event: &Event) -> crate::aggregate::Folded {
                self.evolve(event)
            }
        }

        impl cqrs_es::Aggregate for $state {
            const TYPE: &'static str = $kind;
            type Command = Command;
            type Event = Event;
            type Error = Error;
            type Services = ();

            async fn handle(
                &mut self,
                command: Command,
                (): &(),
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), Error> {
                for event in self.decide(&command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: Event) {
                // An event out of place is reported by `verify`; the framework has no way to.
                let _ = self.evolve(&event);
            }
        }
    };
}
pub(crate) use aggregate;

/// Writes `DomainEvent` for an event enum: each variant's type name and version stand in one table, the only place
/// that says what a stored event is called.
macro_rules! stored_events {
    ($event:ty { $($variant:ident => $version:literal,)+ }) => {
        impl cqrs_es::DomainEvent for $event {
            fn event_type(&self) -> String {
                match self { $(Self::$variant { .. } => stringify!($variant).to_owned(),)+ }
            }
            fn event_version(&self) -> String {
                match self { $(Self::$variant { .. } => $version.to_owned(),)+ }
            }
        }

        impl $event {
            /// Every stored (type, version) this release writes.
            pub const STORED: &'static [(&'static str, &'static str)] = &[$((stringify!($variant), $version)),+];

            /// When the fact is true.
            pub fn at(&self) -> jiff::Timestamp {
                match self { $(Self::$variant { at, .. } => *at,)+ }
            }
        }
    };
}
pub(crate) use stored_events;
