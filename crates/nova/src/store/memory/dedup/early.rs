//! What left memory before its time, for as long as a copy of it must be recognised, and where on disk it is.
//!
//! ```text
//!   fingerprint --> filter of each cohort --no--> nothing of it left early
//!                      | perhaps
//!                      v
//!                   filter of each of its runs --no--> not in this run
//!                      | perhaps
//!                      v
//!                   a page of the run, on disk
//! ```
//!
//! One filter for all would have to forget single fingerprints, one for each run alone would have to be asked for each
//! event as often as there are runs. A cohort is up to 16 of them, with room in its filter for as many as it may get:
//! 16 bits for each identity there and 10 in the filter of its run. That makes 26 bits an identity, and at ten times
//! what fits into memory an event asks three filters. Those that would take more than they may are left out: the
//! cohort's, then the runs'. What has none is asked each time; nothing is decided otherwise.

use std::sync::Arc;

use super::archive::Run;
use super::filter::{Bits, Filter};
use super::fingerprint::Fingerprint;

/// Runs of a cohort at most.
pub(super) const COHORT_RUNS: usize = 16;

/// The runs of a partition. Those of an earlier life may be younger than those after them.
#[derive(Debug, Clone, Default)]
pub(super) struct Early {
    pub(super) cohorts: Vec<Cohort>,
}

/// Runs behind one filter.
#[derive(Debug, Clone)]
pub(super) struct Cohort {
    /// Shared with what was frozen; that of the open cohort is copied before it changes.
    pub(super) filter: Option<Arc<Filter>>,
    /// Identities that still fit into the filter.
    pub(super) room: u64,
    pub(super) runs: Vec<Filed>,
}

/// A run and its filter, which never change.
#[derive(Debug, Clone)]
pub(super) struct Filed {
    pub(super) run: Run,
    pub(super) filter: Option<Arc<Filter>>,
}

impl Early {
    /// `false`: nothing with this fingerprint left early.
    pub(super) fn may_hold(&self, print: Fingerprint) -> bool {
        self.cohorts.iter().any(|cohort| cohort.may_hold(print))
    }

    /// The runs in which a copy of what came at this offset may be.
    pub(super) fn suspects(&self, print: Fingerprint, offset: u64) -> impl Iterator<Item = &Run> {
        self.cohorts
            .iter()
            .filter(move |cohort| cohort.filter_may_hold(print))
            .flat_map(|cohort| &cohort.runs)
            .filter(move |filed| filed.run.first_offset < offset && filed.may_hold(print))
            .map(|filed| &filed.run)
    }

    /// Files the newest run. Its filters take at most so many bytes.
    pub(super) fn file(&mut self, run: Run, prints: impl Iterator<Item = Fingerprint>, mut bytes_max: usize) {
        let mut afford = |full: u64, bits: Bits| {
            let bytes = Filter::bytes_of(full, bits);
            let affordable = bytes <= bytes_max;
            bytes_max -= if affordable { bytes } else { 0 };
            affordable.then(|| Filter::new(full, bits))
        };
        let open = self.cohorts.last().is_some_and(|last| last.takes(run.entries));
        if !open {
            let room = run.entries.saturating_mul(COHORT_RUNS as u64);
            self.cohorts.push(Cohort {
                filter: afford(room, Bits::Many).map(Arc::new),
                room,
                runs: Vec::new(),
            });
        }
        let mut filter = afford(run.entries, Bits::Few);
        let Some(cohort) = self.cohorts.last_mut() else { return };
        let mut of_all = cohort.filter.as_mut().map(Arc::make_mut);
        for print in prints {
            of_all.iter_mut().for_each(|filter| filter.put(print.other_hash()));
            filter.iter_mut().for_each(|filter| filter.put(print.hash()));
        }
        cohort.room = cohort.room.saturating_sub(run.entries);
        cohort.runs.push(Filed { run, filter: filter.map(Arc::new) });
    }

    /// Lets go of the runs of which everything was received before `since`; gives their newest event time.
    pub(super) fn pass(&mut self, since: u32) -> Option<u32> {
        let mut newest = None;
        for cohort in &mut self.cohorts {
            cohort.runs.retain(|Filed { run, .. }| {
                let stays = run.received >= since;
                newest = if stays { newest } else { newest.max(Some(run.newest)) };
                stays
            });
        }
        self.cohorts.retain(|cohort| !cohort.runs.is_empty());
        newest
    }

    /// All of them.
    pub(super) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.cohorts.iter().flat_map(|cohort| &cohort.runs).map(|filed| &filed.run)
    }

    /// What the filters take.
    pub(super) fn filter_bytes(&self) -> usize {
        let filters = self.cohorts.iter().flat_map(|cohort| {
            cohort.filter.iter().chain(cohort.runs.iter().filter_map(|filed| filed.filter.as_ref()))
        });
        filters.map(|filter| filter.bytes()).sum()
    }
}

impl Cohort {
    fn takes(&self, entries: u64) -> bool {
        self.runs.len() < COHORT_RUNS && self.room >= entries
    }

    fn may_hold(&self, print: Fingerprint) -> bool {
        match &self.filter {
            Some(filter) => filter.may_hold(print.other_hash()),
            None => self.runs.iter().any(|filed| filed.may_hold(print)),
        }
    }

    fn filter_may_hold(&self, print: Fingerprint) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.may_hold(print.other_hash()))
    }
}

impl Filed {
    fn may_hold(&self, print: Fingerprint) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.may_hold(print.hash()))
    }
}
