// Package sandbox is a Microsoft Teams for one machine: people with chats, two
// channels, cards and buttons, a service that signs tokens as the Bot Framework
// does, and a page to look at it all. A bot that works here has been through the
// real protocol: signed tokens in both directions, activities, invokes, the
// connector's routes and its error bodies (reference: the Bot Framework
// authentication and connector documents).
//
// It refuses to know the bot: it speaks to it only over HTTP, and to the
// simulated directory and to the cases only through the two interfaces of
// [Options]. It is for loopback and fictional people; nothing here is safe to
// expose, because the control API lets a caller act as anybody.
//
// # Control API
//
// JSON over HTTP; as is a person's key, object id or user principal name.
//
//	GET    /sandbox/people
//	GET    /sandbox/chats?as=                    since=N&wait=S holds the call until something new
//	POST   /sandbox/say          {as, chat, text, file?, thread?}
//	GET    /sandbox/messages?as=&chat=&since=    wait=S likewise
//	POST   /sandbox/press        {as, message, button, inputs, nth?, submit?} or, forged, {as, message, verb, data}
//	POST   /sandbox/search       {as, message, dataset, text}   what a typeahead box shows
//	GET    /sandbox/clock        POST {to} | {advance} | {next}
//	GET    /sandbox/fault        POST {target, kind, match?, count?, seconds?}   DELETE clears
//	GET    /sandbox/directory/users, /users/{id}, /groups, /licences, /changes?since=
//	PATCH  /sandbox/directory/users/{id}
//	POST   /sandbox/directory/groups/{name}/members {user}   DELETE removes
//	GET    /sandbox/cases, /sandbox/cases/{ref}, /sandbox/log?case=
//
// A refusal is {"error": "a sentence"} with a 4xx status. A press that Teams
// itself would not send (an empty required field) is 422 with errors per input.
package sandbox
