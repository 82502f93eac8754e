package manifest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	idRule     = "must be a GUID such as 00000000-0000-0000-0000-0000000000b0, and is "
	domainRule = "a valid domain must be a host name such as muster.example.com, without https, port, path or wildcard, and is "
)

func TestRefused(t *testing.T) {
	domains := func(n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf("h%d.larkfield.example", i))
		}
		return all
	}
	for name, tt := range map[string]struct {
		change func(*App)
		want   string // one sentence a line
	}{
		"bot id missing":   {func(a *App) { a.BotID = "" }, "the bot's app id " + idRule + `""`},
		"bot id in braces": {func(a *App) { a.BotID = "{" + a.BotID + "}" }, "the bot's app id " + idRule + `"{00000000-0000-0000-0000-0000000000b0}"`},
		"bot id and line":  {func(a *App) { a.BotID += "\n" }, "the bot's app id " + idRule + `"00000000-0000-0000-0000-0000000000b0\n"`},
		"own id short":     {func(a *App) { a.ID = "b0" }, "the app's own id " + idRule + `"b0"`},
		"own id not hex":   {func(a *App) { a.ID = strings.Replace(a.BotID, "b0", "g0", 1) }, "the app's own id " + idRule + `"00000000-0000-0000-0000-0000000000g0"`},

		"format unknown":      {func(a *App) { a.Format = "1.30" }, `the format must be 1.29 or 1.25, and is "1.30"`},
		"version of two":      {func(a *App) { a.Version = "1.0" }, `the version must be three numbers such as 1.0.0, and is "1.0"`},
		"version with a zero": {func(a *App) { a.Version = "1.01.0" }, `the version must be three numbers such as 1.0.0, and is "1.01.0"`},
		"version with words":  {func(a *App) { a.Version = "1.0.0-beta" }, `the version must be three numbers such as 1.0.0, and is "1.0.0-beta"`},
		"version too long":    {func(a *App) { a.Version = "1.0." + strings.Repeat("1", 253) }, "the version must not be longer than 256 characters, and has 257"},

		"name too long":       {func(a *App) { a.Name = strings.Repeat("n", 31) }, "the name must not be longer than 30 characters, and has 31"},
		"name wide":           {func(a *App) { a.Name = strings.Repeat("𝕸", 16) }, "the name must not be longer than 30 characters, and has 32"},
		"name of spaces":      {func(a *App) { a.Name = "  " }, "the name must not be empty"},
		"name of two lines":   {func(a *App) { a.Name = "Mus\nter" }, `the name must be one line of text, and is "Mus\nter"`},
		"name not text":       {func(a *App) { a.Name = "Mus\xffter" }, `the name must be one line of text, and is "Mus\xffter"`},
		"name with an edge":   {func(a *App) { a.Name = "Muster " }, `the name must not begin or end with a space, and is "Muster "`},
		"developer missing":   {func(a *App) { a.Developer.Name = "" }, "the developer's name must not be empty"},
		"developer too long":  {func(a *App) { a.Developer.Name = strings.Repeat("d", 33) }, "the developer's name must not be longer than 32 characters, and has 33"},
		"website missing":     {func(a *App) { a.Developer.Website = "" }, "the developer's website must be an https address, and is missing"},
		"website not safe":    {func(a *App) { a.Developer.Website = "http://larkfield.example" }, `the developer's website must be an https address, and is "http://larkfield.example"`},
		"website of no host":  {func(a *App) { a.Developer.Website = "https:///help" }, `the developer's website must be an https address, and is "https:///help"`},
		"website of a port":   {func(a *App) { a.Developer.Website = "https://:443" }, `the developer's website must be an https address, and is "https://:443"`},
		"website with a name": {func(a *App) { a.Developer.Website = "https://me:pw@larkfield.example" }, `the developer's website must be an https address without a user name`},
		"website with spaces": {func(a *App) { a.Developer.Website = "https://larkfield.example/a b" }, `the developer's website must be an https address, and is "https://larkfield.example/a b"`},
		"privacy a path":      {func(a *App) { a.Developer.Privacy = "/privacy" }, `the privacy page must be an https address, and is "/privacy"`},
		"terms a script":      {func(a *App) { a.Developer.Terms = "javascript:alert(1)" }, `the terms of use must be an https address, and is "javascript:alert(1)"`},
		"terms too long": {
			func(a *App) { a.Developer.Terms = "https://larkfield.example/" + strings.Repeat("t", 2048-25) },
			"the terms of use must not be longer than 2048 characters, and has 2049",
		},

		"too many domains":   {func(a *App) { a.ValidDomains = domains(17) }, "there must not be more than 16 valid domains, and there are 17"},
		"domain wild":        {func(a *App) { a.ValidDomains = []string{"*.larkfield.example"} }, domainRule + `"*.larkfield.example"`},
		"domain an address":  {func(a *App) { a.ValidDomains = []string{"https://larkfield.example"} }, domainRule + `"https://larkfield.example"`},
		"domain with a port": {func(a *App) { a.ValidDomains = []string{"larkfield.example:443"} }, domainRule + `"larkfield.example:443"`},
		"domain of numbers":  {func(a *App) { a.ValidDomains = []string{"192.0.2.1"} }, domainRule + `"192.0.2.1"`},
		"domain of one word": {func(a *App) { a.ValidDomains = []string{"localhost"} }, domainRule + `"localhost"`},
		"domain empty":       {func(a *App) { a.ValidDomains = []string{""} }, domainRule + `""`},
		"domain twice": {
			func(a *App) { a.ValidDomains = []string{"larkfield.example", "LARKFIELD.example"} }, `the valid domain "LARKFIELD.example" is named twice`,
		},
		"everything": {
			func(a *App) {
				*a = App{ID: "i", BotID: "b", Version: "v", Name: " n", ValidDomains: []string{"x", "y"}, Developer: Developer{Website: "w", Privacy: "p", Terms: "t"}}
			},
			strings.Join([]string{
				"the app's own id " + idRule + `"i"`, "the bot's app id " + idRule + `"b"`, `the version must be three numbers such as 1.0.0, and is "v"`,
				`the name must not begin or end with a space, and is " n"`, "the developer's name must not be empty",
				`the developer's website must be an https address, and is "w"`, `the privacy page must be an https address, and is "p"`,
				`the terms of use must be an https address, and is "t"`, domainRule + `"x"`, domainRule + `"y"`,
			}, "\n"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			app := larkfield()
			tt.change(&app)
			var b bytes.Buffer
			err := Build(&b, app)
			if err == nil {
				t.Fatal("taken")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if b.Len() > 0 {
				t.Errorf("%d bytes were written", b.Len())
			}
		})
	}
}

// longest is an app of which everything is just as long as it may be.
func longest() App {
	label := strings.Repeat("a", 63)
	app := App{
		ID: "ABCDEF01-2345-6789-abcd-ef0123456789", BotID: "00000000-0000-0000-0000-0000000000b0",
		Version: "1.0." + strings.Repeat("1", 252), Name: strings.Repeat("ñ", 30),
		Developer: Developer{
			Name: strings.Repeat("d", 32), Website: "https://larkfield.example/" + strings.Repeat("w", 2048-26),
			Privacy: "https://larkfield.example:8443/p?q=1#r", Terms: "HTTPS://larkfield.example",
		},
		ValidDomains: []string{"x.co", label + "." + label + "." + label + "." + strings.Repeat("b", 61)},
	}
	for i := range 14 {
		app.ValidDomains = append(app.ValidDomains, fmt.Sprintf("h-%d.larkfield.example", i))
	}
	return app
}

func TestLimits(t *testing.T) {
	app := longest()
	if err := Build(&bytes.Buffer{}, app); err != nil {
		t.Fatal(err)
	}
	app.ValidDomains[1] += "b"
	if err := Build(&bytes.Buffer{}, app); err == nil {
		t.Error("a host name of 254 characters was taken")
	}
}
