package wildcard_test

import (
	"fmt"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

func ExampleCompile() {
	// home/${user}/*: what fills the hole is text, so a user who is called "*"
	// reaches no one else's home.
	home := wildcard.Compile([]wildcard.Token{
		{Text: "home/"},
		{Kind: wildcard.Hole, Hole: 0},
		{Text: "/"},
		{Kind: wildcard.Any},
	})
	fmt.Println(home.Match("home/bob/notes.txt", []string{"bob"}))
	fmt.Println(home.Match("home/bob/notes.txt", []string{"*"}))
	// Output:
	// true
	// false
}

func ExampleCompileFold() {
	read := wildcard.CompileFold(wildcard.Tokens("s3:Get*"))
	fmt.Println(read.Match("S3:getObject", nil))
	// Output: true
}
