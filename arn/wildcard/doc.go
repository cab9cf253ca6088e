// Package wildcard matches text against patterns in which "*" stands for any run
// of characters, the empty one too, and "?" for exactly one.
//
// # What a character is
//
// Text is a sequence of characters: UTF-8 encoded code points, and, where the
// bytes are no valid UTF-8, single bytes. "?" takes one of them and "*" never
// stops inside of one, so that "??" asks for two characters whatever their
// encoding. Everything between two wildcards is compared byte by byte: no
// Unicode normalisation, no case folding except the ASCII one of [CompileFold].
//
// # Holes
//
// A pattern may have holes, one for each policy variable. What fills a hole is
// data: a "*" in it is a star and nothing else. This is why a pattern is compiled
// from tokens and not from text in which values were substituted.
//
// # Cost
//
// Compile looks at a pattern once and picks a shape. Most patterns of real
// policies are literals, prefixes or the star alone, and cost one comparison. The
// rest need time proportional to pattern × text at the very worst: runs of stars
// collapse, and for what stands between two stars the leftmost place is always
// good enough, so that nothing is ever tried twice. Match allocates nothing.
package wildcard
