//! The one table of routes.
//!
//! The router and the OpenAPI document are both made of [`ROUTES`], so that neither can know a
//! route, a parameter or a status that the other does not. A route is added by adding a row here
//! and its function in the file of its resource.

use super::error::Problem;
use super::exchange::{Exchange, Reply};
use super::{carts, conditions, items, listing, metadata, operation};
use axum::routing::MethodFilter;
use futures_util::future::BoxFuture;

/// What answers a route.
pub(super) type Handler = fn(Exchange) -> BoxFuture<'static, Result<Reply, Problem>>;

/// One route.
pub struct Route {
    /// Its method.
    pub method: Verb,
    /// Its path, with names in braces.
    pub path: &'static str,
    /// Its name in the OpenAPI document.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// What it wants as a body.
    pub body: Body,
    /// The parameters of its query.
    pub query: &'static [Parameter],
    /// How it answers when all is well: status, schema (empty for no body), and when.
    pub answers: &'static [(u16, &'static str, &'static str)],
    /// It changes something: it takes `If-Match` and a key, and is refused to pages of other origins.
    pub change: bool,
    /// It needs no token.
    pub open: bool,
    /// It answers with text to read, too, for callers that want that.
    pub text: bool,
    pub(super) handler: Handler,
}

/// The methods that routes have. HEAD comes with GET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Look.
    Get,
    /// Add, or do.
    Post,
    /// Change.
    Patch,
    /// Take away.
    Delete,
}

impl Verb {
    /// Its name, lower-case, as the OpenAPI document has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Post => "post",
            Verb::Patch => "patch",
            Verb::Delete => "delete",
        }
    }

    pub(super) fn filter(self) -> MethodFilter {
        match self {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
            Verb::Patch => MethodFilter::PATCH,
            Verb::Delete => MethodFilter::DELETE,
        }
    }
}

/// What a route wants as a body.
#[derive(Clone, Copy)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON of this schema.
    Json(&'static str),
}

/// A parameter of a query.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// Its JSON type and format.
    pub schema: (&'static str, &'static str),
}

const CREATION: &[Parameter] = &[
    Parameter {
        name: "currency",
        doc: "The currency, when this change creates the cart; else it must agree with the cart.",
        schema: ("string", ""),
    },
    Parameter { name: "rounding", doc: "The rounding mode, likewise.", schema: ("string", "") },
];
const AT: &[Parameter] =
    &[Parameter { name: "at", doc: "Judge the rules at this time instead of now.", schema: ("string", "date-time") }];
const EXPLAIN: &[Parameter] = &[
    Parameter { name: "at", doc: "Judge the rules at this time instead of now.", schema: ("string", "date-time") },
    Parameter {
        name: "format",
        doc: "json or text; left out, what Accept asks for, and else json.",
        schema: ("string", ""),
    },
];
const LISTING: &[Parameter] = &[
    Parameter {
        name: "updatedBefore",
        doc: "Only carts that last changed before this time.",
        schema: ("string", "date-time"),
    },
    Parameter { name: "limit", doc: "How many at most, 1 to 1000; 100 when left out.", schema: ("integer", "") },
    Parameter { name: "after", doc: "Go on where the page before ended: its `next`.", schema: ("string", "") },
];

const CHANGED: &[(u16, &str, &str)] = &[(200, "Changed", "The cart as it is now")];
const CREATED: &[(u16, &str, &str)] =
    &[(200, "Changed", "The cart as it is now"), (201, "Changed", "The change created the cart")];

macro_rules! route {
    ($method:ident $path:literal $name:literal, $summary:literal, $handler:path $(, $field:ident = $value:expr)*) => {
        Route {
            $($field: $value,)*
            ..route(Verb::$method, $path, $name, $summary, |exchange| Box::pin($handler(exchange)))
        }
    };
}

const fn route(method: Verb, path: &'static str, name: &'static str, summary: &'static str, handler: Handler) -> Route {
    Route {
        method,
        path,
        name,
        summary,
        body: Body::None,
        query: &[],
        answers: CHANGED,
        change: false,
        open: false,
        text: false,
        handler,
    }
}

/// Every route, in the order of the document.
pub static ROUTES: &[Route] = &[
    route!(Get "/v1/carts" "listCarts", "The carts of everybody, by their last change. For operators.", listing::list,
        query = LISTING, answers = &[(200, "Listing", "A page of carts")]),
    route!(Get "/v1/carts/{identifier}" "listInstances", "The instances of an identifier.", carts::instances,
        answers = &[(200, "Instances", "The names of the carts")]),
    route!(Get "/v1/carts/{identifier}/{instance}" "showCart", "A cart with its totals.", carts::show,
        answers = &[(200, "Content", "The cart"), (304, "", "The caller has it already")]),
    route!(Delete "/v1/carts/{identifier}/{instance}" "destroyCart", "End a cart.", carts::destroy, change = true),
    route!(Get "/v1/carts/{identifier}/{instance}/totals" "showTotals", "What a cart costs; zeros where there is none.", carts::totals,
        query = AT, answers = &[(200, "Totals", "The totals")]),
    route!(Get "/v1/carts/{identifier}/{instance}/explain" "explainTotals", "Why a cart costs what it costs, condition by condition.", carts::explain,
        query = EXPLAIN, answers = &[(200, "Explanation", "The steps, and all of them in words")], text = true),
    route!(Post "/v1/carts/{identifier}/{instance}/clear" "clearCart", "Empty a cart.", carts::clear, change = true, answers = CREATED, query = CREATION),
    route!(Post "/v1/carts/{identifier}/{instance}/commands" "changeCart", "Apply a list of commands, all or none.", carts::commands,
        change = true, body = Body::Json("ChangeRequest"), answers = CREATED, query = CREATION),
    route!(Post "/v1/carts/{identifier}/{instance}/items" "addItems", "Add an item, or a list of them.", items::add,
        change = true, body = Body::Json("ItemOrItems"), answers = CREATED, query = CREATION),
    route!(Patch "/v1/carts/{identifier}/{instance}/items/{id}" "updateItem", "Change an item.", items::update,
        change = true, body = Body::Json("ItemUpdate"), query = CREATION),
    route!(Delete "/v1/carts/{identifier}/{instance}/items/{id}" "removeItem", "Remove an item, whether it is there or not.", items::remove,
        change = true, query = CREATION, answers = &[(204, "", "It is not there")]),
    route!(Post "/v1/carts/{identifier}/{instance}/conditions" "addCondition", "Put a condition on the cart, or replace the one with its name.", conditions::add,
        change = true, body = Body::Json("ListedCondition"), answers = CREATED, query = CREATION),
    route!(Delete "/v1/carts/{identifier}/{instance}/conditions/{name}" "removeCondition", "Take a condition off the cart.", conditions::remove,
        change = true, query = CREATION),
    route!(Post "/v1/carts/{identifier}/{instance}/items/{id}/conditions" "addItemCondition", "Put a condition on an item.", conditions::add_to_item,
        change = true, body = Body::Json("ConditionInput"), query = CREATION),
    route!(Delete "/v1/carts/{identifier}/{instance}/items/{id}/conditions/{name}" "removeItemCondition", "Take a condition off an item.", conditions::remove_from_item,
        change = true, query = CREATION),
    route!(Patch "/v1/carts/{identifier}/{instance}/metadata" "setMetadata", "Set metadata; null removes.", metadata::set,
        change = true, body = Body::Json("Metadata"), query = CREATION),
    route!(Get "/healthz" "isAlive", "Whether the process lives.", operation::alive, open = true, answers = &[(200, "Health", "It lives")]),
    route!(Get "/readyz" "isReady", "Whether storage answers.", operation::ready, open = true, answers = &[(200, "Health", "It answers")]),
    route!(Get "/problems/{kind}" "showProblem", "What a kind of problem means, and what to do about it.", operation::problem,
        open = true, answers = &[(200, "ProblemKind", "The kind")]),
    route!(Get "/openapi.json" "showApi", "This document.", operation::api, open = true, answers = &[(200, "Any", "The document")]),
];
