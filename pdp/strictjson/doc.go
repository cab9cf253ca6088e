// Package strictjson reads JSON the way a security decision needs it read: one
// document, valid UTF-8, no byte order mark, no duplicate names, no trailing
// data, bounded in size, depth and count, with every number kept as it was
// written, and with the line, column and JSON pointer of everything.
//
// Policy documents, routes, Decide requests and request bodies all go through
// it, so that no two parts of MayI can read the same bytes differently.
package strictjson
