package csdl

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is metadata in the shape of Graph's, written for these tests.
const small = `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="example" Alias="e" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="colour"><Member Name="red" Value="0"/><Member Name="blue" Value="1"/></EnumType>
<ComplexType Name="seat"><Property Name="sku" Type="Edm.Guid"/><Property Name="off" Type="Collection(Edm.String)" Nullable="false"/></ComplexType>
<EntityType Name="thing"><Property Name="id" Type="Edm.String" Nullable="false"/></EntityType>
<EntityType Name="person" BaseType="e.thing" OpenType="true">
 <Property Name="name" Type="Edm.String"/><Property Name="born" Type="Edm.DateTimeOffset"/><Property Name="on" Type="Edm.Boolean"/>
 <Property Name="age" Type="Edm.Int32"/><Property Name="colour" Type="e.colour"/><Property Name="seats" Type="Collection(e.seat)" Nullable="false"/>
 <NavigationProperty Name="boss" Type="e.thing"/><NavigationProperty Name="in" Type="Collection(e.thing)"/>
</EntityType>
<EntityType Name="club" BaseType="e.thing"><Property Name="title" Type="Edm.String"/></EntityType>
<Action Name="give" IsBound="true"><Parameter Name="bindingParameter" Type="e.person"/>
 <Parameter Name="seats" Type="Collection(e.seat)" Nullable="false"/><Parameter Name="note" Type="Edm.String"/><ReturnType Type="e.person"/></Action>
<Action Name="find" IsBound="true"><Parameter Name="bindingParameter" Type="Collection(e.thing)"/><Parameter Name="ids" Type="Collection(Edm.String)" Nullable="false"/><ReturnType Type="Collection(e.thing)"/></Action>
<EntityContainer Name="c"><EntitySet Name="people" EntityType="example.person"/><EntitySet Name="things" EntityType="example.thing"/><Singleton Name="king" Type="example.person"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`

func model(t *testing.T) *Model {
	t.Helper()
	m, err := read(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCheckExchange(t *testing.T) {
	get := func(path, query, response string) Exchange {
		return Exchange{Method: "GET", Path: "/v1.0/" + path, Query: query, Status: 200, Response: []byte(response)}
	}
	send := func(method, path, request string, status int, response string) Exchange {
		return Exchange{Method: method, Path: "/v1.0/" + path, Request: []byte(request), Status: status, Response: []byte(response)}
	}
	for name, tt := range map[string]struct {
		in   Exchange
		want string // part of the one finding; "" for none
	}{
		"a person":               {get("people/1", "$select=name,id", `{"@odata.context":"x","id":"1","name":null,"on":true,"age":3}`), ""},
		"by key form":            {get("people('1')", "", `{"id":"1"}`), ""},
		"a list":                 {get("people", "%24select=id&$expand=boss($select=id)", `{"value":[{"id":"1"}],"@odata.nextLink":"http://h/x"}`), ""},
		"a singleton":            {get("king/boss", "", `{"@odata.type":"#example.club","id":"1","title":"t"}`), ""},
		"a mixed collection":     {get("people/1/in", "$select=title", `{"value":[{"@odata.type":"#example.club","title":"t"}]}`), ""},
		"a cast":                 {get("people/1/in/example.club", "", `{"value":[{"title":"t"}]}`), ""},
		"a short cast":           {get("people/1/in/e.club", "", `{"value":[{"title":"t"}]}`), ""},
		"a full action":          {send("POST", "people/1/example.give", `{"seats":[]}`, 200, `{"id":"1"}`), ""},
		"a count":                {get("people/$count", "", `12`), ""},
		"an action":              {send("POST", "people/1/give", `{"seats":[{"sku":"00000000-0000-4000-a000-000000000001","off":[]}]}`, 200, `{"id":"1"}`), ""},
		"an action on many":      {send("POST", "things/find", `{"ids":["1"]}`, 200, `{"value":[{"id":"1"}]}`), ""},
		"a reference":            {send("PUT", "people/1/boss/$ref", `{"@odata.id":"http://h/1"}`, 204, ``), ""},
		"a bind":                 {send("PATCH", "people/1", `{"in@odata.bind":["http://h/1"],"boss@odata.bind":"http://h/2"}`, 204, ``), ""},
		"other services":         {Exchange{Method: "POST", Path: "/t/oauth2/v2.0/token", Status: 200, Response: []byte("x")}, ""},
		"what is not known":      {Exchange{Method: "GET", Path: "/v1.0/nonsense", Status: 501}, ""},
		"a refused body":         {send("PATCH", "people/1", `{"nonsense":1}`, 400, `{"error":{"code":"c","message":"m"}}`), ""},
		"an empty error":         {send("PATCH", "people/1", `{}`, 500, `{}`), ""},
		"a web page":             {send("PATCH", "people/1", `{}`, 502, `<html>`), ""},
		"a wrong error":          {send("PATCH", "people/1", `{}`, 500, `{"error":{"code":5}}`), "error body"},
		"no such set":            {get("persons", "", `{}`), `"persons" is neither`},
		"no such navigation":     {get("people/1/friends", "", `{}`), `has no "friends"`},
		"no such cast":           {get("people/1/in/example.seat", "", `{}`), `does not derive`},
		"a name after $ref":      {get("people/1/boss/$ref/x", "", `{}`), `not the last segment`},
		"no such selection":      {get("people", "$select=shoe", `{"value":[]}`), `no property "shoe"`},
		"no such expansion":      {get("people", "$expand=name", `{"value":[]}`), `no navigation "name"`},
		"no such nested name":    {get("people", "$expand=boss($select=shoe)", `{"value":[]}`), `no property "shoe"`},
		"no such order":          {get("people", "$orderby=shoe desc", `{"value":[]}`), `no property "shoe"`},
		"an unknown name":        {get("people/1", "", `{"id":"1","shoe":4}`), `no property "shoe"`},
		"a null id":              {get("people/1", "", `{"id":null}`), "may not be"},
		"text for a flag":        {get("people/1", "", `{"on":"yes"}`), "a text is not a Edm.Boolean"},
		"a fraction":             {get("people/1", "", `{"age":1.5}`), "a number is not a Edm.Int32"},
		"a date that is none":    {get("people/1", "", `{"born":"soon"}`), "not a Edm.DateTimeOffset"},
		"a colour that is none":  {get("people/1", "", `{"colour":"mauve"}`), "not a example.colour"},
		"null for a list":        {get("people/1", "", `{"seats":null}`), "null instead of a list"},
		"null in a list":         {get("people/1", "", `{"seats":[null]}`), "may not be"},
		"a guid that is none":    {get("people/1", "", `{"seats":[{"sku":"x","off":[]}]}`), "not a Edm.Guid"},
		"a type that is none":    {get("people/1/boss", "", `{"@odata.type":"#example.seat"}`), "is not a example.thing"},
		"a list without value":   {get("people", "", `{}`), "no value"},
		"a name beside value":    {get("people", "", `{"value":[],"id":"1"}`), `"id" beside value`},
		"a relative next link":   {get("people", "", `{"value":[],"@odata.nextLink":"/x"}`), "not an absolute link"},
		"204 with a body":        {send("PATCH", "people/1", `{"name":"x"}`, 204, `{}`), "204 with a body"},
		"a missing parameter":    {send("POST", "people/1/give", `{"note":"x"}`, 200, `{"id":"1"}`), `"seats" of give is missing`},
		"a null parameter":       {send("POST", "people/1/give", `{"seats":null}`, 200, `{"id":"1"}`), "null instead of a list"},
		"an unknown parameter":   {send("POST", "people/1/give", `{"seats":[],"x":1}`, 200, `{"id":"1"}`), `no parameter "x"`},
		"a link that is none":    {send("PUT", "people/1/boss/$ref", `{"id":"x"}`, 204, ``), "@odata.id"},
		"a bind of the wrong":    {send("PATCH", "people/1", `{"in@odata.bind":"http://h/1"}`, 204, ``), "wrong type"},
		"a bind of nothing":      {send("PATCH", "people/1", `{"friends@odata.bind":"http://h/1"}`, 204, ``), `no navigation "friends"`},
		"a request with unknown": {send("PATCH", "people/1", `{"shoe":1}`, 204, ``), `no property "shoe"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := model(t).CheckExchange(tt.in)
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("found %q", got)
			case tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)):
				t.Errorf("found %q, want one with %q", got, tt.want)
			}
		})
	}
}

func TestBatchIsJudgedItemByItem(t *testing.T) {
	e := Exchange{
		Method: "POST", Path: "/v1.0/$batch", Status: 200,
		Request: []byte(`{"requests":[{"id":"1","method":"GET","url":"/people/1"},{"id":"2","method":"GET","url":"/shoes","body":null},{"id":"3","method":"GET","url":"/people"}]}`),
		Response: []byte(`{"responses":[{"id":"2","status":404,"body":{"error":{"code":"c","message":"m"}}},
			{"id":"1","status":200,"body":{"id":1}}]}`),
	}
	want := []string{
		"$batch: 3 requests, 2 responses",
		"GET /v1.0/people/1: response.id: a number is not a Edm.String",
		`GET /v1.0/shoes: path: "shoes" is neither entity set nor singleton`,
		`$batch: no response to "3"`,
	}
	if d := cmp.Diff(want, model(t).CheckExchange(e)); d != "" {
		t.Error(d)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	for name, content := range map[string][]byte{"plain": []byte(small), "no schema": zipped(t, "<x/>"), "no xml": zipped(t, "x")} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	path := filepath.Join(dir, "good")
	if err := os.WriteFile(path, zipped(t, small), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := Load(path); err != nil || m.types["example.person"] == nil {
		t.Errorf("good file: %v", err)
	}
}

func zipped(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRecorder(t *testing.T) {
	r := NewRecorder(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var in bytes.Buffer
		if _, err := in.ReadFrom(req.Body); err != nil {
			t.Error(err)
		}
		w.WriteHeader(201)
		if _, err := w.Write(in.Bytes()[:2]); err != nil {
			t.Error(err)
		}
	}))
	req := httptest.NewRequest("POST", "/v1.0/people('a%20b')?x=1", bytes.NewReader(zipped(t, "hello")))
	req.Header.Set("Content-Encoding", "gzip")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	want := []Exchange{{Method: "POST", Path: "/v1.0/people('a%20b')", Query: "x=1", Request: []byte("hello"), Status: 201, Response: []byte{0x1f, 0x8b}}}
	if d := cmp.Diff(want, r.Exchanges()); d != "" {
		t.Error(d)
	}
	if w.Code != 201 || w.Body.Len() != 2 {
		t.Errorf("passed on %d with %d bytes", w.Code, w.Body.Len())
	}
}
