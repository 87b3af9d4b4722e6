// Package fetch asks for one URL once: one GET, and nothing more. It follows no redirect, tries nothing again and knows
// no politeness; whoever calls it decides what to ask for, when, and what to make of the answer.
//
// One request lives like this. [Client.Get] writes it with exactly the target that the canonical URL names, over a
// connection kept from an earlier request to the host where there is one. The answer's header says what kind of
// thing it is. Only an HTML page's body is read (any body if the caller wants it raw, or Config.ReadAll says so):
// content codings are undone, at most MaxBody bytes are kept and hashed, and the text is brought into UTF-8. Whatever
// goes wrong becomes a [page.Error] in the Response, which Get always returns. The caller uses the Body and gives its
// memory back with [Response.Release].
//
// Everything that a server can make grow is bounded: time (Config.Timeout, and MinSpeed for the body), header bytes, decoded
// and encoded body bytes and the ratio of the two (MaxRatio), the number of stacked content codings, the window of each, the
// number of large bodies in memory at once (Large), and the bytes read only to keep a connection.
//
// Where a server's links can lead is bounded too. An address outside the public internet is refused unless the user allowed it or
// named its host himself; a name is judged by the very addresses that are dialled, after the name service has spoken.
package fetch
