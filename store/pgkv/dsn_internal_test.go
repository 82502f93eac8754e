package pgkv

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for name, tt := range map[string]struct {
		dsn    string
		tls    string // none, verified or weak
		refuse string
	}{
		"a socket":                      {dsn: "host=/run/postgresql dbname=muster", tls: "none"},
		"loopback":                      {dsn: "host=127.0.0.1 user=muster", tls: "none"},
		"loopback, as an address":       {dsn: "postgres://muster@[::1]:5433/muster", tls: "none"},
		"loopback that must prove it":   {dsn: "host=localhost sslmode=verify-full", tls: "verified"},
		"another machine":               {dsn: "host=db.larkfield.example user=muster", tls: "verified"},
		"another machine, as address":   {dsn: "postgres://muster:secret@db.larkfield.example/muster?connect_timeout=3", tls: "verified"},
		"one of two on this machine":    {dsn: "host=127.0.0.1,db.larkfield.example port=5432,5432", tls: "verified"},
		"in the clear, by name":         {dsn: "host=db.larkfield.example sslmode=disable", tls: "none"},
		"without a proof, by name":      {dsn: "postgresql://db.larkfield.example/muster?sslmode=require", tls: "weak"},
		"perhaps":                       {dsn: "host=db.larkfield.example sslmode=prefer", refuse: "allow or prefer"},
		"perhaps, quoted":               {dsn: "host=db.larkfield.example sslmode = 'allow'", refuse: "allow or prefer"},
		"perhaps, as an address":        {dsn: "postgres://db.larkfield.example/muster?application_name=x&sslmode=prefer", refuse: "allow or prefer"},
		"no connection string":          {dsn: "host=db.larkfield.example password=hunter2 nonsense", refuse: "cannot be read"},
		"no address":                    {dsn: "postgres://muster:hunter2@db.larkfield.example:port/", refuse: "cannot be read"},
		"a certificate that is no file": {dsn: "host=db.larkfield.example password=hunter2 sslrootcert=/nowhere.pem", refuse: "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := parse(tt.dsn, false)
			if tt.refuse != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refuse) {
					t.Fatalf("error = %v, want one with %q", err, tt.refuse)
				}
				if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "larkfield") {
					t.Errorf("the error shows the connection string: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := "none"
			if c := cfg.TLSConfig; c != nil {
				got = "weak"
				if !c.InsecureSkipVerify && c.ServerName != "" {
					got = "verified"
				}
			}
			if got != tt.tls {
				t.Errorf("TLS is %s, want %s", got, tt.tls)
			}
			for _, f := range cfg.Fallbacks {
				if (f.TLSConfig == nil) != (cfg.TLSConfig == nil) {
					t.Error("it falls back to a connection of another kind")
				}
			}
			if cfg.ValidateConnect == nil {
				t.Error("it takes a server that only reads")
			}
		})
	}
}

func TestSchemaNames(t *testing.T) {
	for tenant, want := range map[string]string{
		"11111111-1111-1111-1111-111111111111": `"muster_11111111_1111_1111_1111_111111111111"`,
		"larkfield.example":                    `"muster_larkfield_example"`,
		`x"; drop schema public; --`:           "", "": "", "Ü": "", strings.Repeat("a", 60): "", "A": "", "'": "",
	} {
		if got, err := schemaOf(tenant); got != want || (err == nil) != (want != "") {
			t.Errorf("schemaOf(%q) = %s, %v", tenant, got, err)
		}
	}
}
