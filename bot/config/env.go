package config

import (
	"fmt"
	"reflect"
	"strings"
)

// fromEnv lets the environment override a key: teams.credential.secret_file is MUSTER_TEAMS_CREDENTIAL_SECRET_FILE. A list is separated by
// commas.
func fromEnv(v reflect.Value, name string, getenv func(string) string) error {
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			if err := fromEnv(v.Field(i), name+"_"+strings.ToUpper(v.Type().Field(i).Tag.Get("yaml")), getenv); err != nil {
				return err
			}
		}
		return nil
	}
	s := getenv(name)
	if s == "" {
		return nil
	}
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = s
	case *[]string:
		*p = nil
		for part := range strings.SplitSeq(s, ",") {
			*p = append(*p, strings.TrimSpace(part))
		}
	default:
		return fmt.Errorf("config: %s cannot be set from the environment", name)
	}
	return nil
}
