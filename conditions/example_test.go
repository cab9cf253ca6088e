package conditions_test

import (
	"fmt"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func ExampleCompile() {
	// {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "StringEquals": {"aws:ResourceTag/Owner": "${aws:username}"}}
	set, problems := conditions.Compile([]conditions.Clause{
		{Operator: "IpAddress", Key: "aws:SourceIp", Values: []conditions.Literal{{Kind: conditions.KindString, Text: "10.0.0.0/8"}}},
		{Operator: "StringEquals", Key: "aws:ResourceTag/Owner", Values: []conditions.Literal{{Kind: conditions.KindString, Text: "${aws:username}"}}},
	}, true)
	if len(problems) > 0 {
		fmt.Println(strictjson.Join(problems))
		return
	}
	var request conditions.Context
	request.Set("aws:SourceIp", conditions.Text("10.1.2.3"))
	request.Set("aws:username", conditions.Text("alice"))
	request.Set("aws:ResourceTag/owner", conditions.Text("alice"))
	fmt.Println(set.Eval(&request))

	request.Set("aws:SourceIp", conditions.Text("10.1.2.3:8080"))
	fmt.Println(set.Eval(&request))

	request.Set("aws:username", conditions.Text("bob"))
	fmt.Println(set.Eval(&request))
	// Output:
	// true
	// unknown
	// false
}

func ExampleCompile_refused() {
	place := strictjson.Place{File: "read.json", Line: 9, Column: 31, Pointer: "/Statement/0/Condition/IPAddress"}
	_, problems := conditions.Compile([]conditions.Clause{{
		Operator: "IPAddress", OperatorPlace: place, Key: "aws:SourceIp",
		Values: []conditions.Literal{{Kind: conditions.KindString, Text: "10.0.0.0/8"}},
	}}, true)
	fmt.Println(strictjson.Join(problems))
	// Output:
	// read.json:9:31 /Statement/0/Condition/IPAddress: Invalid condition operator: no condition operator "IPAddress"; did you mean IpAddress?
}

func ExampleTemplate() {
	tmpl, _ := conditions.ParseTemplate("arn:aws:s3:::home/${aws:username}/*", strictjson.Place{}, true)
	var request conditions.Context
	fmt.Println(tmpl.Keys())
	fmt.Println(tmpl.Fill(&request, nil))
	request.Set("aws:username", conditions.Text("alice"))
	fmt.Println(tmpl.Fill(&request, nil))
	// Output:
	// [aws:username]
	// [] false
	// [alice] true
}
