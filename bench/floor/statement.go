package floor

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// A statement is compared in this order: action, resource, conditions.
type statement struct {
	allow      bool
	actions    []text
	resources  []text
	conditions []condition
}

func (s *statement) applies(r *request, username string) bool {
	return anyMatch(s.actions, r.action, "") && anyMatch(s.resources, r.resource, username) && s.holds(r)
}

// holds asks the conditions alone.
func (s *statement) holds(r *request) bool {
	for i := range s.conditions {
		if !s.conditions[i].holds(r) {
			return false
		}
	}
	return true
}

// decide asks statements in which Denies stand first.
func decide(list []statement, r *request) (allowed bool) {
	for i := range list {
		if list[i].applies(r, "") {
			return list[i].allow
		}
	}
	return false
}

// deniesFirst sorts as decide wants it.
func deniesFirst(list []statement) []statement {
	slices.SortStableFunc(list, func(a, b statement) int { return cmp.Compare(rank(&a), rank(&b)) })
	return slices.Clip(list)
}

func rank(s *statement) int {
	if s.allow {
		return 1
	}
	return 0
}

// A text is a compiled pattern, small in the usual case.
type text struct {
	head string
	more *parts // of a glob
	kind uint8
}

type parts struct {
	middle []string // what must stand between, in this order
	tail   string
}

const (
	exact  uint8 = iota
	prefix       // head*
	home         // head${aws:username}/*
	glob         // head*middle*tail
)

func newText(pattern string) (text, error) {
	if head, tail, ok := strings.Cut(pattern, "${aws:username}"); ok {
		if tail != "/*" || strings.ContainsAny(head, "*$") {
			return text{}, fmt.Errorf("pattern %s has a form that the floor does not know", pattern)
		}
		return text{kind: home, head: head}, nil
	}
	list := strings.Split(pattern, "*")
	last := len(list) - 1
	switch {
	case last == 0:
		return text{kind: exact, head: pattern}, nil
	case last == 1 && list[1] == "":
		return text{kind: prefix, head: list[0]}, nil
	}
	return text{kind: glob, head: list[0], more: &parts{list[1:last], list[last]}}, nil
}

func anyMatch(list []text, is, username string) bool {
	for i := range list {
		if list[i].match(is, username) {
			return true
		}
	}
	return false
}

func (t *text) match(is, username string) bool {
	switch t.kind {
	case exact:
		return is == t.head
	case prefix:
		return len(is) >= len(t.head) && is[:len(t.head)] == t.head
	case home:
		n := len(t.head) + len(username)
		return username != "" && len(is) > n && is[n] == '/' && is[len(t.head):n] == username && is[:len(t.head)] == t.head
	}
	return t.glob(is)
}

func (t *text) glob(is string) bool {
	tail := t.more.tail
	if len(is) < len(t.head)+len(tail) || !strings.HasPrefix(is, t.head) || !strings.HasSuffix(is, tail) {
		return false
	}
	is = is[len(t.head) : len(is)-len(tail)]
	for _, m := range t.more.middle {
		i := strings.Index(is, m)
		if i < 0 {
			return false
		}
		is = is[i+len(m):]
	}
	return true
}

// A condition compares one parsed value of the request.
type condition struct {
	kind  uint8
	key   uint8
	want  int8  // of a truth
	than  int64 // of a number or a date
	nets  []network
	texts []text
}

const (
	inNetwork uint8 = iota
	likeText
	belowNumber
	isTruth
	afterDate
)

type network struct{ address, mask uint32 }

func (c *condition) holds(r *request) bool {
	switch c.kind {
	case inNetwork:
		for _, n := range c.nets {
			if r.address&n.mask == n.address {
				return r.hasAddress
			}
		}
		return false
	case belowNumber:
		return r.hasSize && r.size < c.than
	case isTruth:
		return r.truths[c.key] == c.want
	case afterDate:
		return r.now > c.than
	}
	is := r.texts[c.key]
	return is != "" && anyMatch(c.texts, is, "")
}

func newCondition(c workload.Condition) (condition, error) {
	made := condition{}
	var err error
	switch c.Operator {
	case "IpAddress":
		made.kind = inNetwork
		for _, v := range c.Values {
			p := netip.MustParsePrefix(v).Masked()
			b := p.Addr().As4()
			made.nets = append(made.nets, network{binary.BigEndian.Uint32(b[:]), ^uint32(0) << (32 - p.Bits())})
		}
		return made, known(c, "aws:SourceIp", len(c.Values))
	case "NumericLessThan":
		made.kind = belowNumber
		if made.than, err = strconv.ParseInt(c.Values[0], 10, 64); err != nil {
			return made, err
		}
		return made, known(c, "app:Size", 1)
	case "DateGreaterThan":
		made.kind = afterDate
		t, err := time.Parse(time.RFC3339, c.Values[0])
		if err != nil {
			return made, err
		}
		made.than = t.Unix()
		return made, known(c, "aws:CurrentTime", 1)
	case "Bool":
		made.kind, made.want = isTruth, truth(c.Values[0])
		i := slices.Index(truthKeys[:], c.Key)
		made.key = uint8(i)
		return made, known(c, truthKeys[max(i, 0)], 1)
	}
	made.kind = likeText
	i := slices.Index(textKeys[:], c.Key)
	made.key = uint8(i)
	for _, v := range c.Values {
		t, err := newText(v)
		if err != nil {
			return made, err
		}
		if c.Operator == "StringEquals" {
			t = text{kind: exact, head: v}
		}
		made.texts = append(made.texts, t)
	}
	return made, known(c, textKeys[max(i, 0)], len(c.Values))
}

// known refuses what the floor was not written for.
func known(c workload.Condition, key string, values int) error {
	if c.Key != key || len(c.Values) != values {
		return fmt.Errorf("condition %s on %s with %d values is not known to the floor", c.Operator, c.Key, len(c.Values))
	}
	return nil
}

func newStatement(s *workload.Statement) (*statement, error) {
	// All texts in one array and all their bytes in one string: where the bundle is
	// larger than the caches, a statement costs as many misses as it has pieces.
	texts := make([]text, 0, len(s.Actions)+len(s.Resources))
	joined := strings.Join(s.Actions, "") + strings.Join(s.Resources, "")
	for _, p := range slices.Concat(s.Actions, s.Resources) {
		t, err := newText(joined[:len(p)])
		if err != nil {
			return nil, err
		}
		texts, joined = append(texts, t), joined[len(p):]
	}
	n := len(s.Actions)
	made := &statement{allow: s.Allow, actions: texts[:n:n], resources: texts[n:]}
	for _, c := range s.Conditions {
		f, err := newCondition(c)
		if err != nil {
			return nil, err
		}
		made.conditions = append(made.conditions, f)
	}
	made.conditions = slices.Clip(made.conditions)
	return made, nil
}
