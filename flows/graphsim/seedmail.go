package graphsim

import (
	"fmt"
	"time"
)

// seedBeyond gives people what lies outside the directory: meetings ahead, inbox rules, files and devices. Times count from the day on
// which the tenant is opened, because a meeting of the past is nothing to cancel.
func seedBeyond(t *tenant, now time.Time) {
	const tomHughes, aishaKhan, ivanPetrov, farahQuill, nadiaBrook = 0x03, 0x05, 0x06, 0x27, 0x22
	morning := now.UTC().Truncate(24 * time.Hour)
	at := func(days, hour int) time.Time {
		return morning.AddDate(0, 0, days).Add(time.Duration(hour) * time.Hour)
	}
	mail := func(n int) string { return t.Users[personID(n)].text("mail") }
	meet := func(n int, e event) {
		u := t.Users[personID(n)]
		e.ID = fmt.Sprintf("AAMkAG%02xEvent%02d", n, len(u.Events))
		u.Events = append(u.Events, e)
	}
	meet(tomHughes, event{Subject: "Sales weekly", Start: at(-60, 10), Minutes: 60, Weekly: true, Mine: true, Guests: []string{mail(nadiaBrook), mail(0x23)}})
	meet(tomHughes, event{Subject: "Quarter review with a customer", Start: at(40, 14), Minutes: 90, Mine: true, Guests: []string{"buyer@customer.example"}})
	meet(tomHughes, event{Subject: "Kick-off", Start: at(-20, 9), Minutes: 60, Mine: true, Guests: []string{mail(nadiaBrook)}})
	meet(tomHughes, event{Subject: "Dentist", Start: at(45, 8), Minutes: 30, Mine: true})
	meet(tomHughes, event{Subject: "Management meeting", Start: at(-30, 13), Minutes: 60, Weekly: true, Guests: []string{mail(tomHughes)}})
	meet(farahQuill, event{Subject: "Month end", Start: at(30, 9), Minutes: 60, Mine: true, Guests: []string{mail(aishaKhan)}})

	rule := func(n int, r mailRule) {
		u := t.Users[personID(n)]
		r.ID = fmt.Sprintf("AQAA%02xRule%02d", n, len(u.Rules))
		u.Rules = append(u.Rules, r)
	}
	rule(tomHughes, mailRule{Name: "Quotes", Forward: []string{"tom.private@mailbox.example"}})
	rule(tomHughes, mailRule{Name: "Reports", Folder: "AQMkFolder"})
	rule(tomHughes, mailRule{Name: "To Nadia", Redirect: []string{mail(nadiaBrook)}})
	rule(farahQuill, mailRule{Name: "Bank", Attach: []string{"books@accounts.example"}, Off: true})

	t.Users[personID(tomHughes)].Registrations = []string{"Price calculator"}

	files := func(n int, names ...string) {
		d := &drive{ID: fmt.Sprintf("b!drive%02x", n)}
		for i, name := range names {
			d.Items = append(d.Items, driveItem{ID: fmt.Sprintf("01ITEM%02x%02d", n, i), Name: name, Folder: i%2 == 0})
		}
		t.Users[personID(n)].Drive = d
	}
	files(tomHughes, "Customers", "Price list.xlsx", "Offers")
	files(farahQuill, "Closing")
	files(ivanPetrov)

	own := func(n int, d device) {
		u := t.Users[personID(n)]
		d.ID = uuidOf(0, "device", n<<8+len(u.Devices))
		if d.Managed != "" {
			d.Managed = uuidOf(0, "managed", n<<8+len(u.Devices))
		}
		u.Devices = append(u.Devices, d)
	}
	const managed = "yes"
	own(tomHughes, device{Name: "LAR-LT-0103", System: "Windows", Managed: managed, CheckIn: 2 * time.Hour})
	own(tomHughes, device{Name: "Tom's phone", System: "iOS", Managed: managed, Personal: true, CheckIn: 20 * time.Minute})
	own(farahQuill, device{Name: "LAR-LT-0127", System: "Windows", Managed: managed}) // lost: never seen again
	own(aishaKhan, device{Name: "Home PC", System: "Windows", Personal: true})
}

// describeBeyond says what changed outside the directory.
func describeBeyond(a, b *user, name string, say func(format string, args ...any)) {
	if len(b.Events) < len(a.Events) {
		say("A meeting that %s organised was cancelled", name)
	}
	if len(b.Rules) < len(a.Rules) {
		say("An inbox rule of %s was removed", name)
	}
	if len(b.Sent) > len(a.Sent) {
		say("A mail was sent from the mailbox of %s", name)
	}
	if a.Drive != b.Drive && b.Drive != nil {
		say("Files of %s were shared", name)
	}
	for i, d := range b.Devices {
		if i >= len(a.Devices) || a.Devices[i] == d {
			continue
		}
		switch was := a.Devices[i]; {
		case d.Off && !was.Off:
			say("The device %s of %s was disabled", d.Name, name)
		case !d.Off && was.Off:
			say("The device %s of %s was enabled", d.Name, name)
		case d.Action != was.Action:
			say("The device %s of %s was asked to %s", d.Name, name, d.Action)
		}
	}
	if a.Purpose != b.Purpose {
		say("The mailbox of %s is now %s", name, b.Purpose)
	}
}
