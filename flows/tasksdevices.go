package flows

import (
	"context"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// days are the pauses for what happens when a device is next switched on.
var days = []time.Duration{time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 72 * time.Hour}

func deviceNames(lang texts.Language, ds []Device, state func(texts.Language, Device) string) string {
	var all []string
	for _, d := range ds {
		all = append(all, orElse(d.Name, lang.Say("a device without a name"))+state(lang, d))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func nothingMore(texts.Language, Device) string { return "" }

func lookDisabled(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	all, err := h.RegisteredDevices(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	on := enabledDevices(all)
	switch {
	case len(all) == 0:
		return sight{done: true, text: c.Lang.Say("no registered device")}, nil
	case len(on) == 0:
		return sight{done: true, text: c.Lang.Say("disabled: %s", deviceNames(c.Lang, all, nothingMore))}, nil
	}
	return sight{text: c.Lang.Say("enabled: %s", deviceNames(c.Lang, on, nothingMore))}, nil
}

func enabledDevices(all []Device) []Device {
	return slices.DeleteFunc(slices.Clone(all), func(d Device) bool { return !d.Enabled })
}

func actDisabled(ctx context.Context, h hands, c Case, _ Step) error {
	all, err := h.RegisteredDevices(ctx, c.Account)
	if err != nil {
		return err
	}
	return eachOf(enabledDevices(all), func(d Device) error { return h.DisableDevice(ctx, d.ID) })
}

// toRetire are the managed devices that are still to be retired: not those that the plan wipes.
func toRetire(ctx context.Context, h hands, c Case) ([]Device, error) {
	all, err := h.ManagedDevices(ctx, c.Account)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(d Device) bool {
		wiped := slices.ContainsFunc(c.Plan.Steps, func(s Step) bool { return s.Task == WipeDevices && s.Device == d.ID })
		return wiped || d.Action != "" && d.State == "done"
	}), nil
}

func lookRetired(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	left, err := toRetire(ctx, h, c)
	if err != nil {
		return sight{}, err
	}
	if len(left) == 0 {
		return sight{done: true, text: c.Lang.Say("no device is left in Intune that is to be retired")}, nil
	}
	return sight{text: c.Lang.Say("in Intune: %s", deviceNames(c.Lang, left, deviceState))}, nil
}

func deviceState(lang texts.Language, d Device) string {
	switch {
	case d.Action == "":
		return ""
	case d.State == "pending":
		return lang.Say(" (%s asked for, the device has not been seen since)", d.Action)
	}
	return " (" + d.Action + " " + d.State + ")"
}

// actRetired asks for what was not asked for yet. A device that is off does it when it is next seen.
func actRetired(ctx context.Context, h hands, c Case, _ Step) error {
	left, err := toRetire(ctx, h, c)
	if err != nil {
		return err
	}
	return eachOf(left, func(d Device) error {
		if d.State == "pending" {
			return nil
		}
		err := h.RetireDevice(ctx, d.ID)
		if CodeOf(err) == NotFound {
			return nil
		}
		return err
	})
}

// lookWiped wants the device gone from Intune after it was asked to wipe. One that is gone before that was not wiped by Muster: people decide.
func lookWiped(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	all, err := h.ManagedDevices(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	i := slices.IndexFunc(all, func(d Device) bool { return d.ID == s.Device })
	_, st, _ := c.Step(s.Key)
	switch {
	case i < 0 && st.State == Planned:
		return sight{}, &Error{Code: Invalid, Say: c.Lang.Say("Intune does not list the device any more, so Muster cannot wipe it. Find out whether it was retired, wiped or given to somebody else, and record that.")}
	case i < 0:
		return sight{done: true, text: c.Lang.Say("Intune does not list the device any more, as it does not once a wipe is done")}, nil
	case all[i].Action == "wipe" && all[i].State == "done":
		return sight{done: true, text: c.Lang.Say("Intune shows the wipe as done")}, nil
	}
	return sight{text: c.Lang.Say("in Intune: %s", deviceNames(c.Lang, all[i:i+1], deviceState))}, nil
}

func actWiped(ctx context.Context, h hands, c Case, s Step) error {
	all, err := h.ManagedDevices(ctx, c.Account)
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.ID == s.Device && !(d.Action == "wipe" && d.State == "pending") {
			return h.WipeDevice(ctx, d.ID)
		}
	}
	return nil
}
