// The names that Sarama gives its users: what docs/client-names.md must have a row for.
//
//	go run ./names > test/client/fixtures/sarama-names.json
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Where Sarama declares what its users write against; requests, responses and mocks are not among it.
var rooms = []struct {
	Name  string
	Files []string
}{
	{"Config", []string{"config.go"}},
	{"Client", []string{"client.go"}},
	{"Producers", []string{"async_producer.go", "sync_producer.go", "transaction_manager.go"}},
	{"Partitioners", []string{"partitioner.go"}},
	{"Consumer", []string{"consumer.go"}},
	{"OffsetManager", []string{"offset_manager.go"}},
	{"ConsumerGroup", []string{"consumer_group.go", "consumer_group_session.go", "consumer_group_metadata.go", "consumer_group_members.go"}},
	{"Strategies", []string{"balance_strategy.go", "balance_strategy_cooperative_sticky.go", "rebalance_protocol.go", "sticky_assignor_user_data.go"}},
	{"ClusterAdmin", []string{"admin.go", "admin_offsets.go", "admin_transactions.go", "acl_types.go", "acl_filter.go", "acl_bindings.go", "config_resource_type.go", "quota_types.go", "election_type.go"}},
	{"Interceptors", []string{"interceptors.go"}},
	{"Errors", []string{"errors.go"}},
	{"Values", []string{"utils.go", "sarama.go", "version.go"}},
}

// Declared beside requests: of these files only the constants and their types.
var constants = []string{"produce_request.go", "fetch_request.go", "message.go", "offset_request.go", "broker.go", "find_coordinator_request.go"}

func main() {
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/IBM/sarama").Output()
	if err != nil {
		fail(err)
	}
	names := map[string][]string{}
	for _, room := range rooms {
		for _, file := range room.Files {
			names[room.Name] = append(names[room.Name], exported(filepath.Join(strings.TrimSpace(string(folder)), file), false)...)
		}
	}
	for _, file := range constants {
		names["Values"] = append(names["Values"], exported(filepath.Join(strings.TrimSpace(string(folder)), file), true)...)
	}
	for room := range names {
		slices.Sort(names[room])
		names[room] = slices.Compact(names[room])
	}
	text, err := json.MarshalIndent(names, "", "  ")
	if err != nil {
		fail(err)
	}
	fmt.Println(string(text))
}

func exported(path string, onlyConstants bool) (names []string) {
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		fail(err)
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.ValueSpec:
					for _, name := range s.Names {
						if name.IsExported() && (d.Tok == token.CONST || !onlyConstants) {
							names = append(names, name.Name)
						}
					}
				case *ast.TypeSpec:
					if s.Name.IsExported() && !onlyConstants {
						names = append(names, s.Name.Name)
						names = append(names, members(s.Name.Name, s.Type)...)
					}
				}
			}
		case *ast.FuncDecl:
			if !d.Name.IsExported() || onlyConstants {
				continue
			}
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			} else if receiver := receiverOf(d); ast.IsExported(receiver) {
				names = append(names, receiver+"."+d.Name.Name)
			}
		}
	}
	return names
}

// The fields of a struct, those of structs in it too; the methods of an interface.
func members(of string, what ast.Expr) (names []string) {
	var fields *ast.FieldList
	switch t := what.(type) {
	case *ast.StructType:
		fields = t.Fields
	case *ast.InterfaceType:
		fields = t.Methods
	default:
		return nil
	}
	for _, field := range fields.List {
		for _, name := range field.Names {
			if !name.IsExported() {
				continue
			}
			inner := members(of+"."+name.Name, field.Type)
			if len(inner) == 0 {
				names = append(names, of+"."+name.Name)
			}
			names = append(names, inner...)
		}
	}
	return names
}

func receiverOf(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
