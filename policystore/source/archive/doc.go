// Package archive reads bundles from a .tar.gz file.
//
// An archive is read as a stream with a cap on what it may weigh and on what it
// may expand to, so that a gzip bomb costs what the limits say and no more. It
// holds regular files and folders, each once; links, devices, absolute paths and
// paths that lead out are refused. It is whole: gzip's checksum is verified, tar's
// end mark must be there, and nothing may follow it. A truncated archive is
// refused, for it may have lost a Deny.
//
// The file may be renamed over, rewritten, removed and put back: the folder it
// lies in is watched, not the file.
package archive
