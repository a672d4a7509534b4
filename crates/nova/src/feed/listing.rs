//! Pages of a trending list. A first page fixes the list; further pages read the same one.

use bytes::{Buf as _, BufMut as _};
use nova_core::model::UserId;
use nova_core::pipeline::{Candidate, Features, Origin, Origins, Report, Scored, Slate, TERMS_MAX, Verdict};

use super::further::{Filled, Part};
use super::page::{FeedError, TrendingPage};
use super::service::{FeedService, Reader, Standing};
use super::slates::slate_key;
use super::stored::{Kept, StoredSlate};
use crate::cache::Space;
use crate::guard::timely;
use crate::store::Window;

impl FeedService {
    /// A page of the window's list, what the viewer must not see left out. Works without a viewer.
    ///
    /// # Errors
    /// A cursor that is not one, a list that is gone, and when nobody can tell what the viewer may see.
    pub async fn trending(
        &self,
        viewer: Option<UserId>,
        window: Window,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<TrendingPage, FeedError> {
        // a list made of half an index would be a false one
        self.fence.open().await?;
        let store = match viewer {
            Some(viewer) => self.standing(viewer).await,
            None => Standing::Current,
        };
        let reader = Reader { viewer, store, since: None };
        let scope =
            format!("trending|{window}|{}", viewer.map(|viewer| viewer.to_string()).unwrap_or_default());
        let (id, start, slate) = match cursor.filter(|cursor| !cursor.is_empty()) {
            None => self.fix(window).await?,
            Some(cursor) => {
                let payload = self.signer.open(&scope, cursor).ok_or(FeedError::CursorInvalid)?;
                let mut from = payload.as_slice();
                let (Ok(id), Ok(next)) = (from.try_get_u128(), from.try_get_u16()) else {
                    return Err(FeedError::CursorInvalid);
                };
                let kept = self.cache.get(Space::Slate, &slate_key(id), Some(self.slate_ttl())).await?;
                (
                    Some(id),
                    usize::from(next),
                    kept.and_then(StoredSlate::from_bytes).ok_or(FeedError::CursorExpired)?,
                )
            }
        };
        let mut missing = reader.missing();
        let part = Part { start, limit, explain: false };
        let Filled { items, next, .. } = self.fill(reader, &slate, part, &mut missing).await?;
        let next_cursor = id.filter(|_| next < slate.len()).map(|id| {
            let mut payload = Vec::with_capacity(18);
            payload.put_u128(id);
            payload.put_u16(next as u16);
            self.signer.seal(&scope, &payload)
        });
        Ok(TrendingPage { items, next_cursor })
    }

    /// The list as it stands now, kept for those who page through it; without a place to keep it there is one page.
    async fn fix(&self, window: Window) -> Result<(Option<u128>, usize, StoredSlate), FeedError> {
        let now = self.clock.now();
        let list = timely(self.deadline, "feed.trending", self.hot.get(window, now)).await?;
        let item = |(rank, hot): (usize, &crate::store::Hot)| Scored {
            candidate: Candidate {
                post: hot.post.post,
                author: hot.post.author,
                created_at: hot.post.created_at,
                row: hot.post.row,
                origins: Origins::only(Origin::Trending),
                verdict: Verdict::CLEAR,
                features: Features::default(),
            },
            score: hot.score,
            values: [0.0; TERMS_MAX],
            rank: rank as u32,
            relaxed: false,
        };
        let slate = Slate { items: list.iter().enumerate().map(item).collect(), report: Report::default() };
        let stored = StoredSlate::encode(&slate, now, self.ranking(), Kept::default());
        let id = rand::random::<u128>();
        let kept = self.cache.put(Space::Slate, &slate_key(id), stored.bytes(), self.slate_ttl()).await;
        let id = kept.map(|()| id).inspect_err(|error| {
            tracing::warn!(error = ?error, "the list could not be kept; it has one page");
        });
        Ok((id.ok(), 0, stored))
    }
}
