package policytest_test

import (
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
)

// shrink returns the smallest world and case that it finds for which bad still
// holds. rapid could shrink them too, but it does not know what a request is and
// would carry hundreds of them along.
func shrink(w *world, line string, bad func(*world, string) bool) (*world, string) {
	for progress := true; progress; {
		progress = false
		for smaller := range smallerWorlds(w) {
			if bad(smaller, line) {
				w, progress = smaller, true
				break
			}
		}
		for smaller := range smallerLines(line) {
			if bad(w, smaller) {
				line, progress = smaller, true
				break
			}
		}
	}
	return w, line
}

func smallerWorlds(w *world) iter.Seq[*world] {
	return func(yield func(*world) bool) {
		for _, name := range sortedKeys(w.files) {
			if !yield(w.without(name)) {
				return
			}
			var v any
			if json.Unmarshal([]byte(w.files[name]), &v) != nil {
				return
			}
			for part := range smallerJSON(v) {
				data, err := json.Marshal(part, json.Deterministic(true), jsontext.SpaceAfterComma(true))
				if err != nil {
					continue
				}
				less := &world{files: maps.Clone(w.files)}
				less.files[name] = string(data)
				if !yield(less) {
					return
				}
			}
		}
	}
}

// without returns the world without a file, and without what names it.
func (w *world) without(name string) *world {
	less := &world{files: maps.Clone(w.files)}
	delete(less.files, name)
	policy := strconv.Quote(strings.TrimSuffix(name, ".json"))
	for other, data := range less.files {
		for _, around := range []string{policy + ", ", policy + ",", ", " + policy, "," + policy, policy} {
			data = strings.ReplaceAll(data, around, "")
		}
		less.files[other] = data
	}
	return less
}

// smallerJSON yields v without one of its members or elements, at any depth.
func smallerJSON(v any) iter.Seq[any] {
	return func(yield func(any) bool) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range sortedKeys(v) {
				less := maps.Clone(v)
				delete(less, k)
				if !yield(less) {
					return
				}
				for part := range smallerJSON(v[k]) {
					less := maps.Clone(v)
					less[k] = part
					if !yield(less) {
						return
					}
				}
			}
		case []any:
			for i := range v {
				if !yield(slices.Delete(slices.Clone(v), i, i+1)) {
					return
				}
				for part := range smallerJSON(v[i]) {
					less := slices.Clone(v)
					less[i] = part
					if !yield(less) {
						return
					}
				}
			}
		}
	}
}

// smallerLines yields the case without one of its pairs.
func smallerLines(line string) iter.Seq[string] {
	words := strings.Fields(line)
	return func(yield func(string) bool) {
		for i := 3; i < len(words); i++ {
			if !yield(strings.Join(slices.Delete(slices.Clone(words), i, i+1), " ")) {
				return
			}
		}
	}
}

// disagrees reports whether engine and reference answer a case differently. A
// world that does not load, or a line that does not read, is not what is looked for.
func disagrees(w *world, line string) bool {
	var docs []*pdp.Document
	for _, f := range w.sorted() {
		doc, problems := pdp.Decode(f.Name, f.Data)
		if len(problems) > 0 {
			return false
		}
		docs = append(docs, doc)
	}
	engine, err := pdp.Compile(docs, pdp.Options{Root: rootID}, nil)
	if err != nil {
		return false
	}
	c, err := policytest.ParseCase(line)
	if err != nil {
		return false
	}
	want := policytest.NewReference(docs, "").WithRoot(rootID).Decide(c.Request())
	return policytest.AnswerOf(want).Diff(policytest.AnswerOf(engine.Decide(c.Request()))) != nil
}
