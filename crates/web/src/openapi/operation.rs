//! An endpoint that describes itself.

use axum::handler::Handler;
use axum::http::{Method, StatusCode};

use super::{Answers, Draft, Part};
use crate::router::{Access, Endpoint, endpoint};
use crate::state::App;

/// What an endpoint says of itself beside its method, path and access.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name in programs, such as `createCampaign`; no two have the same.
    pub id: &'static str,
    /// What it does, for people.
    pub summary: &'static str,
    parts: Vec<fn(&mut Draft<'_>)>,
    refusals: Vec<(StatusCode, &'static str)>,
}

impl Operation {
    /// Adds all that is known.
    pub fn describe(&self, draft: &mut Draft<'_>) {
        for (status, when) in &self.refusals {
            draft.refuses(*status, when);
        }
        for part in &self.parts {
            part(draft);
        }
    }
}

/// A function whose arguments and answer describe what it does over HTTP.
pub trait Described<T> {
    /// Adds its arguments and its answer.
    fn describe(draft: &mut Draft<'_>);
}

macro_rules! described {
    ($($argument:ident)*) => {
        impl<F, Answer, Out, $($argument),*> Described<($($argument,)*)> for F
        where
            F: FnOnce($($argument),*) -> Answer,
            Answer: Future<Output = Out>,
            Out: Answers,
            $($argument: Part,)*
        {
            fn describe(draft: &mut Draft<'_>) {
                $($argument::describe(draft);)*
                Out::describe(draft);
            }
        }
    };
}

described!();
described!(A);
described!(A B);
described!(A B C);
described!(A B C D);
described!(A B C D E);
described!(A B C D E G);
described!(A B C D E G H);

/// An endpoint of the API, described by its handler. It is not complete without
/// [`Endpoint::says`].
///
/// # Panics
/// For methods that HTTP does not name; the list is made at start-up.
pub fn operation<H, T, D>(
    method: Method,
    path: &'static str,
    access: Access,
    handler: H,
) -> Endpoint
where
    H: Handler<T, App> + Described<D>,
    T: 'static,
{
    let mut endpoint = endpoint(method, path, access, handler);
    endpoint.operation = Some(Operation {
        id: "",
        summary: "",
        parts: vec![H::describe],
        refusals: Vec::new(),
    });
    endpoint
}

impl Endpoint {
    /// Its name in programs, and what it does in one line for people.
    #[must_use]
    pub fn says(self, id: &'static str, summary: &'static str) -> Self {
        self.described(|operation| {
            operation.id = id;
            operation.summary = summary;
        })
    }

    /// It may refuse with this status, beside what its access and its arguments may refuse.
    #[must_use]
    pub fn refuses(self, status: StatusCode, when: &'static str) -> Self {
        self.described(|operation| operation.refusals.push((status, when)))
    }

    /// It takes or answers what its handler's types do not tell.
    #[must_use]
    pub fn tells(self, part: fn(&mut Draft<'_>)) -> Self {
        self.described(|operation| operation.parts.push(part))
    }

    fn described(mut self, change: impl FnOnce(&mut Operation)) -> Self {
        if let Some(operation) = &mut self.operation {
            change(operation);
        }
        self
    }
}
