package strictjson

// Scan and Tokenize are the two ways to read a document, which Parse tries in this
// order. Scan returns nil where it leaves the document to the other.
func Scan(file string, data []byte, limits Limits) *Node {
	limits = limits.orDefault()
	return (&scanner{data: data, doc: newDocument(file, data), limits: limits, memory: &memory{}}).scan()
}

func Tokenize(file string, data []byte, limits Limits) (*Node, error) {
	return tokenize(newDocument(file, data), data, limits.orDefault())
}
