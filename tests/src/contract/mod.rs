//! Owns the contract of a store: rules that hold for SQLite and PostgreSQL alike, each a function over
//! `Arc<dyn Store>`, and the macro that makes them tests of one store.
//!
//! Does not own what is true of one store only (`ledger/`).

use std::any::Any;
use std::sync::Arc;

use subledger_eventlog::store::{Store, StoreFault};

mod fixtures;

pub mod directory;
pub mod head;
pub mod log;
pub mod projections;
pub mod two_logs;

/// What a rule answers: a fault of the store breaks it like a failed assertion.
pub type Outcome = Result<(), StoreFault>;

/// Two empty, unborn logs side by side, in a place of their own, and what must live as long as they do.
pub struct Logs {
    /// The log that most rules use.
    pub first: Arc<dyn Store>,
    /// Its neighbour.
    pub second: Arc<dyn Store>,
    /// A folder, a database.
    pub place: Box<dyn Any + Send>,
}

/// Makes every rule a test in a module. The factory is an `async fn() -> Logs`.
///
/// ```ignore
/// subledger_tests::contract_suite!(sqlite, logs_in_two_files);
/// ```
#[macro_export]
macro_rules! contract_suite {
    ($module:ident, $factory:ident) => {
        mod $module {
            use super::$factory as factory;

            $crate::contract_rules! { one, factory, log:
                an_empty_log_has_the_empty_head
                positions_are_dense_in_commit_order
                a_stale_head_writes_nothing
                a_wrong_hash_at_the_right_position_writes_nothing
                an_answered_key_writes_nothing_of_its_batch
                a_sequence_taken_in_a_stream_writes_nothing_of_its_batch
                of_appends_at_one_head_exactly_one_is_written
                a_command_without_events_writes_its_row
                record_time_never_decreases
                confirm_gives_head_and_answers_in_one_call
                keys_of_different_scopes_are_different
                payloads_come_back_to_the_byte
                instants_come_back_to_the_microsecond
                pages_are_in_order_and_end_where_the_log_ends
                a_payer_is_read_alone_and_no_further_than_asked
                a_stream_is_read_in_sequence
                what_was_appended_verifies
                an_event_that_cannot_be_decoded_is_named
            }
            $crate::contract_rules! { one, factory, head:
                a_held_head_keeps_other_appends_waiting
                a_released_head_lets_others_append
                a_dropped_head_lets_others_append
                a_held_head_refuses_a_batch_made_for_another
            }
            $crate::contract_rules! { one, factory, directory:
                an_application_id_asked_for_is_held
                an_application_id_of_another_account_is_refused
                who_asks_for_the_holder_of_an_application_id_reserves_nothing
                application_ids_are_allocated_from_the_first_up
                a_reservation_without_an_application_is_used_again
                an_account_may_be_reserved_twice
                a_clock_is_born_once
                a_manual_clock_moves_with_the_append
            }
            $crate::contract_rules! { one, factory, projections:
                a_projection_that_was_never_prepared_has_no_checkpoint
                preparing_again_changes_nothing
                a_step_moves_rows_and_checkpoint_together
                a_step_from_another_checkpoint_writes_nothing
                a_step_that_fails_writes_nothing
                cells_of_every_kind_come_back_as_written
                an_upsert_replaces_the_whole_row
                a_patch_changes_the_named_columns_only
                a_delete_takes_the_row
                changes_apply_in_order
                rows_come_in_key_order_text_by_bytes_and_integers_by_value
                pages_of_rows_follow_each_other
                rows_are_found_by_equal_columns
                replacing_leaves_the_new_rows_only
                replacing_at_another_checkpoint_writes_nothing
                versions_of_a_projection_stand_side_by_side
            }
            $crate::contract_rules! { two, factory, two_logs:
                events_and_heads_are_apart
                keys_are_apart
                clocks_are_apart
                projections_are_apart
            }
        }
    };
}

/// The tests of one file of rules; part of [`contract_suite`].
#[doc(hidden)]
#[macro_export]
macro_rules! contract_rules {
    (one, $factory:ident, $file:ident: $($rule:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() -> $crate::contract::Outcome {
                let logs = $factory().await;
                $crate::contract::$file::$rule(std::sync::Arc::clone(&logs.first)).await
            }
        )*
    };
    (two, $factory:ident, $file:ident: $($rule:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() -> $crate::contract::Outcome {
                let logs = $factory().await;
                let (first, second) = (std::sync::Arc::clone(&logs.first), std::sync::Arc::clone(&logs.second));
                $crate::contract::$file::$rule(first, second).await
            }
        )*
    };
}
