package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// may says which packages of ours a package may import. Imports point to flows; a new package fails until it has a row.
var may = map[string]string{
	"muster": "muster/bot/atrest muster/bot/backup muster/bot/config muster/bot/hook muster/bot/intake muster/bot/publish muster/bot/sandbox muster/bot/service muster/bot/setup muster/bot/teams muster/bot/watch muster/cards/report muster/flows muster/flows/graph muster/flows/graphsim muster/flows/outbound muster/flows/texts " +
		"muster/manifest muster/store muster/store/place",
	"muster/bot":                 "muster/bot/teams muster/cards muster/cards/report muster/flows muster/flows/hr muster/flows/texts",
	"muster/bot/atrest":          "muster/bot/backup muster/bot/service muster/cards/report muster/flows muster/flows/texts muster/store muster/store/evidence muster/store/place",
	"muster/bot/config":          "muster/flows/outbound",
	"muster/bot/backup":          "muster/flows muster/store muster/store/boltkv muster/store/evidence",
	"muster/bot/e2e":             "",
	"muster/bot/hook":            "muster/flows muster/flows/outbound muster/flows/texts",
	"muster/bot/intake":          "muster/flows muster/flows/texts",
	"muster/bot/publish":         "muster/flows muster/flows/outbound muster/store/evidence",
	"muster/bot/sandbox":         "muster/flows/outbound",
	"muster/bot/kill":            "",
	"muster/bot/load":            "",
	"muster/bot/watch":           "muster/bot/teams muster/flows muster/flows/outbound",
	"muster/bot/service":         "muster/bot muster/bot/backup muster/bot/intake muster/bot/teams muster/bot/watch muster/cards/report muster/flows muster/store muster/store/kv muster/store/place",
	"muster/bot/setup":           "muster/bot muster/bot/config muster/bot/service muster/flows muster/flows/graph muster/flows/outbound muster/store muster/store/evidence muster/store/pgkv muster/store/place",
	"muster/bot/teams":           "muster/flows/outbound",
	"muster/cards":               "muster/flows muster/flows/texts",
	"muster/cards/paper":         "", // a document kit knows no cases
	"muster/cards/report":        "muster/cards muster/cards/paper muster/flows muster/flows/texts",
	"muster/flows":               "muster/flows/texts",
	"muster/flows/graph":         "muster/flows muster/flows/outbound",
	"muster/flows/graphsim":      "", // shares no types with flows/graph, or both could be wrong in the same way
	"muster/flows/graphsim/csdl": "",
	"muster/flows/hr":            "muster/flows muster/flows/texts",
	"muster/flows/texts":         "", // sentences know nobody who says them
	"muster/flows/outbound":      "", // how a call is made knows nothing of what it is for
	"muster/manifest":            "",
	"muster/store":               "muster/flows muster/store/evidence muster/store/kv",
	"muster/store/boltkv":        "muster/store/kv",
	"muster/store/evidence":      "", // an auditor's copy opens no store
	"muster/store/kv":            "",
	"muster/store/pgkv":          "muster/store/kv",
	"muster/store/place":         "muster/store muster/store/boltkv muster/store/kv muster/store/pgkv",
	"muster/store/pgkv/pgtest":   "", // for tests
	// A second implementation is none if it shares something with the first.
	"muster/store/evidence/auditor": "",

	"muster/store/kv/kvtest": "muster/store/kv",
}

// only says which packages may import somebody else's module, so that it can be replaced in one place.
var only = map[string]string{
	"codeberg.org/go-pdf/":                     "muster/cards/paper",
	"github.com/alecthomas/kong":               "muster",
	"github.com/infracloudio/msbotbuilder-go/": "muster/bot/teams",
	"github.com/leonelquinteros/":              "muster/flows/texts",
	"github.com/jackc/pgx/":                    "muster/store/pgkv",
	"github.com/microsoft/kiota-":              "muster/flows/graph",
	"github.com/microsoftgraph/":               "muster/flows/graph",
	"github.com/prometheus/":                   "muster/bot/watch",
	"go.opentelemetry.io/":                     "muster/bot/watch",
	"github.com/xuri/":                         "muster/flows/hr muster/cards/paper", // one reads, one writes
	"go.etcd.io/bbolt":                         "muster/store/boltkv",
	"golang.org/x/image/":                      "muster/cards/paper",
	"golang.org/x/mod/":                        "muster/store/evidence",
}

// rules and drawings read no clock, no disk, no network and no chance.
var pure = []string{"muster/flows", "muster/flows/hr", "muster/cards", "muster/cards/paper", "muster/cards/report"}

// world are the standard packages through which the world comes in.
var world = []string{"crypto/rand", "database/sql", "io/ioutil", "log", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec", "os/signal", "os/user", "syscall"}

// source is one Go file of ours.
type source struct {
	name    string // from the root, with slashes
	pkg     string // import path of its folder
	test    bool
	lines   int
	fset    *token.FileSet
	file    *ast.File
	imports []string
}

// sources reads every Go file of the module.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		s := source{fset: token.NewFileSet()}
		if s.file, err = parser.ParseFile(s.fset, name, nil, parser.SkipObjectResolution); err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		s.name, s.test = filepath.ToSlash(rel), strings.HasSuffix(name, "_test.go")
		s.pkg = path.Join("muster", path.Dir(s.name))
		s.lines = s.fset.File(s.file.Pos()).LineCount()
		for _, i := range s.file.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, p)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("only %d Go files were found: the walk is wrong", len(all))
	}
	return all
}

// TestImports holds the table above. Tests may import what they like.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		allowed, known := may[s.pkg]
		if seen[s.pkg] = true; !known {
			t.Errorf("%s: package %s has no row in the table of imports", s.name, s.pkg)
			continue
		}
		if s.test {
			continue
		}
		for _, p := range s.imports {
			switch {
			case p == "muster" || strings.HasPrefix(p, "muster/"):
				if !slices.Contains(strings.Fields(allowed), p) {
					t.Errorf("%s: %s may not import %s", s.name, s.pkg, p)
				}
			case slices.Contains(pure, s.pkg) && slices.Contains(world, p):
				t.Errorf("%s: %s is pure and may not import %s", s.name, s.pkg, p)
			case p == "log":
				t.Errorf("%s: logs are written with log/slog", s.name)
			}
			for module, owner := range only {
				if strings.HasPrefix(p, module) && !slices.Contains(strings.Fields(owner), s.pkg) {
					t.Errorf("%s: only %s may import %s", s.name, owner, p)
				}
			}
		}
	}
	for p := range may {
		if !seen[p] {
			t.Errorf("the table of imports has a row for %s, which does not exist", p)
		}
	}
}

// banned are calls that hide where time, a context or output come from, by package and name. In main.go and in tests some are right.
var banned = map[string]struct {
	why           string
	main, inTests bool
	onlyInBubbles bool // in tests, only of packages where testing/synctest makes time virtual
	prefix        bool // of names
}{
	"time.Now":           {why: "time comes in as an argument or a field", main: true, inTests: true},
	"time.Since":         {why: "time comes in as an argument or a field", inTests: true},
	"time.Until":         {why: "time comes in as an argument or a field", inTests: true},
	"time.Sleep":         {why: "wait for a signal or a timer", inTests: true, onlyInBubbles: true},
	"context.Background": {why: "the context comes first, from the caller", main: true, inTests: true},
	"context.TODO":       {why: "the context comes first, from the caller"},
	"fmt.Print":          {why: "output goes to the writer that main was given", inTests: true, prefix: true},
	"os.Exit":            {why: "only main ends the process", main: true, inTests: true},
	"slog.SetDefault":    {why: "loggers are passed in"},
}

// TestBanned holds the bans of calls, of init functions and of long files.
func TestBanned(t *testing.T) {
	all, bubbles := sources(t), map[string]bool{}
	for _, s := range all {
		if slices.Contains(s.imports, "testing/synctest") {
			bubbles[s.pkg] = true
		}
	}
	for _, s := range all {
		if s.lines >= 700 {
			t.Errorf("%s has %d lines: would a stranger know its rooms?", s.name, s.lines)
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: no init functions: main wires", s.fset.Position(f.Pos()))
			}
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			for name, b := range banned {
				used := x.Name + "." + sel.Sel.Name
				if used != name && !(b.prefix && strings.HasPrefix(used, name)) {
					continue
				}
				if (s.name == "main.go" && b.main) || (s.test && b.inTests && (!b.onlyInBubbles || bubbles[s.pkg])) {
					continue
				}
				t.Errorf("%s: %s: %s", s.fset.Position(sel.Pos()), used, b.why)
			}
			return true
		})
	}
}

// rooms are where HTTP clients and connections are made. Everything else asks flows/outbound for one, which holds it to its purpose.
var rooms = map[string]string{
	"muster/flows/outbound": "the room itself",
	"muster/flows/graph":    "the SDK's pipeline goes around a transport of the room",
}

// dialers are the files that connect to something that is no HTTP server elsewhere.
var dialers = map[string]string{
	"bot/service/parts.go": "waits until something listens on an address of our own",
	"store/pgkv/dsn.go":    "the database that the configuration names, where no HTTP is spoken",
}

// TestOneRoomForClients finds every HTTP client, transport, dialer and call of net/http's own client that is made elsewhere.
func TestOneRoomForClients(t *testing.T) {
	made := map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			at := ""
			switch x.Name + "." + sel.Sel.Name {
			case "http.DefaultClient", "http.DefaultTransport", "http.Get", "http.Post", "http.PostForm", "http.Head", "http.ProxyFromEnvironment", "http.Transport", "net.Dialer", "tls.Dialer", "net.Dial",
				"net.DialTimeout", "net.DialTCP", "tls.Dial", "tls.DialWithDialer":
				at = x.Name + "." + sel.Sel.Name
			}
			if at != "" {
				made[s.pkg] = true
				if s.pkg != "muster/flows/outbound" && (at != "net.Dialer" || dialers[s.name] == "") {
					t.Errorf("%s uses %s: ask muster/flows/outbound", s.name, at)
				}
			}
			return true
		})
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			sel, ok := lit.Type.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "Client" {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "http" {
				made[s.pkg] = true
				if rooms[s.pkg] == "" {
					t.Errorf("%s makes an HTTP client: ask muster/flows/outbound", s.name)
				}
			}
			return true
		})
	}
	for pkg := range rooms {
		if !made[pkg] {
			t.Errorf("%s makes none any more", pkg)
		}
	}
}
