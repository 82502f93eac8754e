package config

import (
	"fmt"
	"reflect"
	"strconv"
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
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct {
		return listFromEnv(v, name, getenv)
	}
	s := getenv(name)
	if s == "" {
		return nil
	}
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = s
	case *int:
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("config: %s is not a number", name)
		}
		*p = n
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

// listFromEnv overrides the entries of a list, and adds further ones while the environment has the next: intake[0].source is
// MUSTER_INTAKE_0_SOURCE.
func listFromEnv(v reflect.Value, name string, getenv func(string) string) error {
	for i := 0; ; i++ {
		entry := reflect.New(v.Type().Elem()).Elem()
		if i < v.Len() {
			entry.Set(v.Index(i))
		}
		if err := fromEnv(entry, fmt.Sprintf("%s_%d", name, i), getenv); err != nil {
			return err
		}
		switch {
		case i < v.Len():
			v.Index(i).Set(entry)
		case entry.IsZero():
			return nil
		default:
			v.Set(reflect.Append(v, entry))
		}
	}
}
