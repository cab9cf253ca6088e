package peer

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7/pkg/set"
	"github.com/minio/pkg/v3/policy"
	"github.com/minio/pkg/v3/policy/condition"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// Minio is the IAM evaluator of an object store. Its JSON reader knows S3's actions
// and keys only, so statements are built as values; the policies of a principal are
// merged beforehand into one.
var Minio = Peer{
	Name:  "minio",
	About: "`policy.Policy.IsAllowed` on the principal's policies, merged beforehand; W5 as one `BucketPolicy`",
	Load:  loadMinio,
}

type minio struct {
	names    map[string]string
	keys     keys
	carried  carried
	identity map[string]*policy.Policy
	resource *policy.BucketPolicy // nil: identity policies are asked

	args   []policy.Args
	bucket []policy.BucketPolicyArgs
}

func loadMinio(w *workload.Workload) (Engine, error) {
	if err := plainOnly(w, "minio"); err != nil {
		return nil, err
	}
	k, err := keysOf(&w.Model)
	if err != nil {
		return nil, err
	}
	e := &minio{names: usernames(&w.Model), keys: k, identity: make(map[string]*policy.Policy)}
	if e.carried, err = carry(k); err != nil {
		return nil, err
	}
	made := make(map[*workload.Policy][]policy.Statement)
	list, everyone := attachments(&w.Model)
	for _, a := range list {
		merged := &policy.Policy{Version: policy.DefaultVersion}
		for _, p := range a.policies {
			if made[p] == nil {
				if made[p], err = e.statements(p); err != nil {
					return nil, err
				}
			}
			merged.Statements = append(merged.Statements, made[p]...)
		}
		e.identity[a.principal] = merged
	}
	if len(everyone) == 0 {
		return e, nil
	}
	e.resource = &policy.BucketPolicy{Version: policy.DefaultVersion}
	for _, p := range everyone {
		statements, err := e.statements(p)
		if err != nil {
			return nil, err
		}
		for _, s := range statements {
			e.resource.Statements = append(e.resource.Statements, policy.BPStatement{
				Effect: s.Effect, Principal: policy.Principal{AWS: set.CreateStringSet("*")}, Actions: s.Actions, Resources: s.Resources, Conditions: s.Conditions,
			})
		}
	}
	return e, nil
}

func (e *minio) statements(p *workload.Policy) ([]policy.Statement, error) {
	list := make([]policy.Statement, 0, len(p.Statements))
	for i := range p.Statements {
		s := &p.Statements[i]
		actions, resources, effect := policy.NewActionSet(), policy.NewResourceSet(), policy.Effect(policy.Deny)
		if s.Allow {
			effect = policy.Allow
		}
		for _, a := range s.Actions {
			actions.Add(policy.Action(a))
		}
		for _, r := range s.Resources {
			resources.Add(policy.NewResource(r))
		}
		functions, err := e.conditions(s)
		if err != nil {
			return nil, err
		}
		list = append(list, policy.NewStatement(policy.ID(s.Sid), effect, actions, resources, functions))
	}
	return list, nil
}

func (e *minio) conditions(s *workload.Statement) (condition.Functions, error) {
	var list []condition.Function
	for _, c := range s.Conditions {
		f, err := minioCondition(c, e.carried.key(c.Key))
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return condition.NewFunctions(list...), nil
}

// Under Bool minio takes one key alone. It carries the workload's, whatever its name.
const boolKey = "aws:SecureTransport"

// carried is the workload's key that boolKey carries; "" is itself.
type carried string

func carry(k keys) (carried, error) {
	var found carried
	for _, a := range k {
		if a.kind == asBool {
			if found != "" {
				return "", cannot("minio takes no more than one key under Bool")
			}
			found = carried(a.key)
		}
	}
	return found, nil
}

func (c carried) key(name string) condition.Key {
	if name == string(c) {
		name = boolKey
	}
	return condition.KeyName(name).ToKey()
}

func minioCondition(c workload.Condition, key condition.Key) (condition.Function, error) {
	switch c.Operator {
	case "StringEquals":
		return condition.NewStringEqualsFunc("", key, c.Values...)
	case "StringLike":
		return condition.NewStringLikeFunc("", key, c.Values...)
	case "IpAddress":
		var nets []*net.IPNet
		for _, v := range c.Values {
			_, n, err := net.ParseCIDR(v)
			if err != nil {
				return nil, err
			}
			nets = append(nets, n)
		}
		return condition.NewIPAddressFunc(key, nets...)
	}
	if len(c.Values) != 1 {
		return nil, cannot("minio takes one value under %s", c.Operator)
	}
	switch c.Operator {
	case "Bool":
		return condition.NewBoolFunc(key, c.Values[0] == "true")
	case "NumericLessThan":
		n, err := strconv.Atoi(c.Values[0])
		if err != nil {
			return nil, err
		}
		return condition.NewNumericLessThanFunc(key, n)
	case "DateGreaterThan":
		t, err := time.Parse(time.RFC3339, c.Values[0])
		if err != nil {
			return nil, err
		}
		return condition.NewDateGreaterThanFunc(key, t)
	}
	return nil, fmt.Errorf("operator %s", c.Operator)
}

// Prepare cuts resources at their first slash, as bucket and object: a decision puts
// them together again.
func (e *minio) Prepare(requests []workload.Request) error {
	e.args, e.bucket = nil, nil
	for i := range requests {
		r := &requests[i].Request
		values := make(map[string][]string)
		for _, a := range e.keys.of(r) {
			values[e.carried.key(a.key).Name()] = []string{a.text}
		}
		if name := e.names[r.Principal.ID]; name != "" {
			values["username"] = []string{name}
		}
		bucket, object, _ := strings.Cut(r.Resource.ID, "/")
		e.args = append(e.args, policy.Args{
			AccountName: r.Principal.ID, Action: policy.Action(r.Action), BucketName: bucket, ObjectName: object, ConditionValues: values,
		})
		e.bucket = append(e.bucket, policy.BucketPolicyArgs{
			AccountName: r.Principal.ID, Action: policy.Action(r.Action), BucketName: bucket, ObjectName: object, ConditionValues: values,
		})
	}
	return nil
}

func (e *minio) Decide(i int) bool {
	if e.resource != nil {
		return e.resource.IsAllowed(e.bucket[i])
	}
	own := e.identity[e.args[i].AccountName]
	return own != nil && own.IsAllowed(e.args[i])
}
