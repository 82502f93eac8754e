package graphsim

import (
	"fmt"
	"strings"
	"time"
)

// Larkfield Instruments: a firm of about forty fictional people in London and
// Leeds. The ids are fixed and documented, because scripts are built on them.

// founded is what the tenant gives as its beginning. What was there from the
// first day is visible at any time, before this one too, for a test may begin
// its clock wherever it likes.
var founded = time.Date(2019, time.April, 1, 9, 0, 0, 0, time.UTC)

const (
	globalAdministrator = "62e90394-69f5-4237-9190-012177145e10" // role template ids are the same in every tenant
	helpdeskRole        = "729827e3-9c14-49f7-bb1b-9608f156bbb8"

	userAdministratorRole = "fe930be7-5e62-47db-91af-98c3a49a38b1"

	userAdministrator = "User Administrator" // the role that Muster's own app needs for passwords
)

func personID(n int) string { return fmt.Sprintf("00000000-0000-4000-a000-%012x", n) }
func groupID(n int) string  { return fmt.Sprintf("00000000-0000-4000-b000-%012x", n) }

type seedPerson struct {
	n       int
	name    string
	job     string
	site    string
	dept    string
	manager int
	upn     string // when it is not given.surname
}

func seedPeople() []seedPerson {
	return []seedPerson{
		{0x01, "Hannah Reed", "HR Manager", "London", "HR", 0x08, ""},
		{0x02, "Helen Okafor", "HR Adviser", "Leeds", "HR", 0x01, ""},
		{0x03, "Tom Hughes", "Head of Sales", "London", "Sales", 0x08, ""},
		{0x04, "Maria Lopez", "Head of Operations", "Leeds", "Operations", 0x08, ""},
		{0x05, "Aisha Khan", "Finance Director", "London", "Finance", 0x09, ""},
		{0x06, "Ivan Petrov", "IT Engineer", "London", "IT", 0x04, ""},
		{0x07, "Ines Duarte", "IT Support", "Leeds", "IT", 0x04, ""},
		{0x08, "Olivia Grant", "Operations Director", "London", "Management", 0x09, ""},
		{0x09, "Oscar Lind", "Managing Director", "London", "Management", 0, ""},
		{0x0b, "Stan Doyle", "Warehouse Lead", "Leeds", "Warehouse", 0x04, ""},

		{0x20, "Sam Taylor", "Account Manager", "London", "Sales", 0x03, "sam.taylor"},
		{0x21, "Sam Taylor", "Warehouse Operative", "Leeds", "Warehouse", 0x04, "sam.taylor2"},
		{0x22, "Nadia Brook", "Account Manager", "London", "Sales", 0x03, ""},
		{0x23, "Callum Frost", "Account Manager", "Leeds", "Sales", 0x03, ""},
		{0x24, "Yuki Marsh", "Sales Administrator", "London", "Sales", 0x03, ""},
		{0x25, "Petra Vale", "Sales Engineer", "London", "Sales", 0x03, ""},
		{0x26, "Dominic Ash", "Pricing Analyst", "London", "Sales", 0x03, ""},
		{0x27, "Farah Quill", "Financial Controller", "London", "Finance", 0x05, ""},
		{0x28, "George Pell", "Management Accountant", "London", "Finance", 0x05, ""},
		{0x29, "Lena Sorrel", "Credit Controller", "Leeds", "Finance", 0x27, ""},
		{0x2a, "Marcus Thorn", "Marketing Manager", "London", "Marketing", 0x08, ""},
		{0x2b, "Ottilie Wren", "Content Editor", "London", "Marketing", 0x2a, ""},
		{0x2c, "Bashir Lowe", "Events Coordinator", "London", "Marketing", 0x2a, ""},
		{0x2d, "Greta Moss", "Production Planner", "Leeds", "Operations", 0x04, ""},
		{0x2e, "Hugo Lark", "Calibration Engineer", "Leeds", "Operations", 0x04, ""},
		{0x2f, "Imogen Teal", "Calibration Engineer", "Leeds", "Operations", 0x04, ""},
		{0x30, "Jonas Birch", "Assembly Technician", "Leeds", "Operations", 0x2d, ""},
		{0x31, "Keira Dale", "Assembly Technician", "Leeds", "Operations", 0x2d, ""},
		{0x32, "Luca Heath", "Quality Engineer", "Leeds", "Operations", 0x04, ""},
		{0x33, "Mina Stone", "Purchasing Officer", "Leeds", "Operations", 0x04, ""},
		{0x34, "Noel Fenn", "Warehouse Operative", "Leeds", "Warehouse", 0x0b, ""},
		{0x35, "Orla Beck", "Warehouse Operative", "Leeds", "Warehouse", 0x0b, ""},
		{0x36, "Pavel Croft", "Driver", "Leeds", "Warehouse", 0x0b, ""},
		{0x37, "Rhea Linden", "Driver", "Leeds", "Warehouse", 0x0b, ""},
		{0x38, "Simon Holt", "Legal Counsel", "London", "Legal", 0x08, ""},
		{0x39, "Tess Arden", "Contracts Manager", "London", "Legal", 0x38, ""},
		{0x3a, "Uma Ferris", "Executive Assistant", "London", "Management", 0x09, ""},
		{0x3b, "Victor Penn", "Office Manager", "London", "Operations", 0x04, ""},
		{0x3c, "Wanda Reeve", "Receptionist", "London", "Operations", 0x3b, ""},
		{0x3d, "Xander Boyd", "Facilities Technician", "Leeds", "Operations", 0x04, ""},
		{0x3e, "Sylvia Nordby", "Laboratory Manager", "Leeds", "Operations", 0x04, ""}, // synced
	}
}

const (
	syncedPerson  = 0x3e
	adminPerson   = 0x40
	formerPerson  = 0x41
	deletedDora   = 0x42
	deletedPeter  = 0x43
	guestPerson   = 0x44
	licenceOfRest = "SPB"
)

func seedUser(p seedPerson) *user {
	given, surname, _ := strings.Cut(p.name, " ")
	local := p.upn
	if local == "" {
		local = strings.ToLower(given + "." + surname)
	}
	upn := local + "@" + tenantDomain
	street, code := "1 Foundry Row", "EC1V 0AA"
	if p.site == "Leeds" {
		street, code = "22 Canal Yard", "LS11 0AA"
	}
	u := &user{ID: personID(p.n), Licences: map[string]*licence{}, Passes: map[string]*pass{}}
	u.Props = map[string]any{
		"accountEnabled": true, "displayName": p.name, "givenName": given, "surname": surname,
		"userPrincipalName": upn, "mailNickname": local, "mail": upn, "proxyAddresses": []any{"SMTP:" + upn},
		"jobTitle": p.job, "department": p.dept, "officeLocation": p.site, "city": p.site,
		"companyName": "Larkfield Instruments", "country": "United Kingdom", "streetAddress": street, "postalCode": code,
		"usageLocation": "GB", "preferredLanguage": "en-GB", "userType": "Member",
		"employeeId": fmt.Sprintf("L%04d", 1000+p.n), "employeeType": "Employee", "employeeHireDate": "2020-01-06T00:00:00Z",
		"createdDateTime": moment(founded), "lastPasswordChangeDateTime": moment(founded),
		"signInSessionsValidFromDateTime": moment(founded),
	}
	if p.manager != 0 {
		u.Manager = personID(p.manager)
	}
	u.Methods = []method{{ID: "28c10230-6103-485e-b985-444c60001490", Type: "passwordAuthenticationMethod", Created: founded}}
	return u
}

type seedGroup struct {
	n       int
	name    string
	kind    string // security, m365 (no team), team, list, mailsecurity
	rule    string // dynamic when set
	members []int
	owners  []int
}

func seedGroups() []seedGroup {
	sales := []int{0x03, 0x20, 0x22, 0x23, 0x24, 0x25, 0x26}
	finance := []int{0x05, 0x27, 0x28, 0x29}
	warehouse := []int{0x0b, 0x21, 0x34, 0x35, 0x36, 0x37}
	operations := []int{0x04, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x3b, 0x3c, 0x3d, 0x3e}
	company := []int{0x01, 0x02, 0x06, 0x07, 0x08, 0x09, 0x2a, 0x2b, 0x2c, 0x38, 0x39, 0x3a}
	for _, more := range [][]int{sales, finance, warehouse, operations} {
		company = append(company, more...)
	}
	return []seedGroup{
		{0x01, "All Staff", "security", `(user.userType -eq "Member")`, nil, []int{0x06}},
		{0x02, "Sales", "security", "", sales, []int{0x03, 0x08}},
		{0x03, "Sales Team", "team", "", sales, []int{0x03}},
		{0x04, "Finance", "security", "", finance, []int{0x05}},
		{0x05, "Finance Approvers", "security", "", []int{0x05, 0x27}, []int{0x05}},
		{0x06, "Wiki Editors", "security", "", []int{0x2b, 0x2e, 0x32}, []int{0x2a}},
		{0x07, "Marketing News", "list", "", []int{0x2a, 0x2b, 0x2c, 0x03}, []int{0x2a}},
		{0x08, "Price List Editors", "mailsecurity", "", []int{0x03, 0x26}, []int{0x03}},
		{0x09, "London Office", "security", `(user.officeLocation -eq "London")`, nil, []int{0x06}},
		{0x0a, "Legacy File Share", "security", "", []int{0x04, 0x2d, 0x3e}, nil},
		{0x0b, "Helpdesk Operators", "security", "", []int{0x07}, []int{0x06}},
		{0x0c, "CRM Users", "security", "", []int{0x03, 0x20, 0x22, 0x23, 0x24}, []int{0x03}},
		{0x0d, "HR Staff", "security", "", []int{0x01, 0x02}, []int{0x01}},
		{0x0e, "IT Staff", "security", "", []int{0x06, 0x07}, []int{0x06}},
		{0x0f, "Company Team", "team", "", company, []int{0x08, 0x06}},
		{0x10, "Contract Admins", "security", "", []int{0x38, 0x39}, []int{0x38}},
		{0x11, "Warehouse", "security", "", warehouse, []int{0x0b}},
		{0x12, "Operations Team", "team", "", operations, []int{0x04}},
	}
}

func seedGroupObject(s seedGroup) *group {
	nick := strings.ReplaceAll(s.name, " ", "")
	mailed := s.kind == "team" || s.kind == "list" || s.kind == "mailsecurity"
	g := &group{ID: groupID(s.n), Members: map[string]*since{}, Owners: map[string]bool{}}
	g.Props = map[string]any{
		"displayName": s.name, "description": s.name + " of Larkfield Instruments", "mailNickname": nick,
		"mailEnabled": mailed, "securityEnabled": s.kind == "security" || s.kind == "mailsecurity",
		"groupTypes": []any{}, "createdDateTime": moment(founded), "renewedDateTime": moment(founded),
	}
	if mailed {
		mail := strings.ToLower(nick) + "@" + tenantDomain
		g.Props["mail"], g.Props["proxyAddresses"] = mail, []any{"SMTP:" + mail}
	}
	if s.kind == "team" {
		g.Props["groupTypes"], g.Props["visibility"] = []any{"Unified"}, "Private"
		g.Props["resourceProvisioningOptions"] = []any{"Team"}
	}
	if s.rule != "" {
		g.Props["groupTypes"] = []any{"DynamicMembership"}
		g.Props["membershipRule"], g.Props["membershipRuleProcessingState"] = s.rule, "On"
	}
	for _, n := range s.members {
		g.Members[personID(n)] = &since{}
	}
	for _, n := range s.owners {
		g.Owners[personID(n)] = true
	}
	return g
}

// seed builds the tenant as it is on the first day. now dates the deletions,
// so that the two deleted people can still be restored.
func seed(now time.Time) *tenant {
	t := &tenant{
		Users: map[string]*user{}, Groups: map[string]*group{}, SKUs: seedSKUs(),
		Passes: passPolicy{Enabled: true, Minimum: 60, Maximum: 480, Default: 60, Length: 8},
	}
	hold := func(n int, part string) {
		for _, s := range t.SKUs {
			if s.Part == part {
				l := &licence{SKU: s.ID, State: "Active", Updated: founded}
				t.Users[personID(n)].Licences[l.key()] = l
			}
		}
	}
	for _, p := range seedPeople() {
		t.Users[personID(p.n)] = seedUser(p)
		hold(p.n, licenceOfRest)
	}
	seedOddPeople(t, now)
	for _, g := range seedGroups() {
		t.Groups[groupID(g.n)] = seedGroupObject(g)
	}
	legacy := t.Groups[groupID(0x0a)].Props
	legacy["onPremisesSyncEnabled"], legacy["onPremisesSamAccountName"] = true, "LegacyFileShare"
	legacy["onPremisesLastSyncDateTime"] = moment(founded)
	t.Groups[groupID(0x0b)].Props["isAssignableToRole"] = true
	// A group inside a group, so that transitive answers differ from direct ones.
	t.Groups[groupID(0x10)].Members[groupID(0x05)] = &since{}

	for _, n := range []int{0x25, 0x2d, 0x2e, 0x32, 0x3e} {
		hold(n, "VISIOCLIENT") // 5 of 5: the pool that is full
	}
	hold(0x04, "PROJECTPROFESSIONAL")
	finance := t.Groups[groupID(0x04)]
	finance.SKUs = []string{"f8a1db68-be16-40ed-86d5-cb42ce701560"} // POWER_BI_PRO comes with the group
	for id := range finance.Members {
		l := &licence{SKU: finance.SKUs[0], Group: finance.ID, State: "Active", Updated: founded}
		t.Users[id].Licences[l.key()] = l
	}
	seedMethods(t)
	seedApps(t)
	seedBeyond(t, now)
	t.Roles = []roleAssignment{
		{ID: uuidOf(0, "role", 1), Principal: personID(adminPerson), Role: globalAdministrator},
		{ID: uuidOf(0, "role", 2), Principal: groupID(0x0b), Role: helpdeskRole},
	}
	return t
}

// seedMethods registers what a leaver may have: the Authenticator as the default and, besides, a phone or a key.
func seedMethods(t *tenant) {
	add := func(n int, kind string, first bool, props map[string]any) {
		u := t.Users[personID(n)]
		m := method{ID: uuidOf(0, "method/"+kind, n), Type: kind + "AuthenticationMethod", Created: founded, Default: first, Props: props}
		if kind == "phone" {
			m.ID = "3179e48a-750b-4051-897c-87b9720928f7" // a mobile has the same id with everybody
		}
		u.Methods = append(u.Methods, m)
	}
	const tomHughes, farahQuill = 0x03, 0x27
	app := map[string]any{"displayName": "Phone", "deviceTag": "SoftwareTokenActivated", "phoneAppVersion": "6.2408.5807"}
	add(tomHughes, "microsoftAuthenticator", true, app)
	add(tomHughes, "phone", false, map[string]any{"phoneNumber": "+44 7700900103", "phoneType": "mobile", "smsSignInState": "notAllowedByPolicy"})
	add(farahQuill, "microsoftAuthenticator", true, app)
	add(farahQuill, "fido2", false, map[string]any{"displayName": "Key", "model": "Security Key", "aaGuid": "00000000-0000-0000-0000-000000000000", "attestationLevel": "attested", "attestationCertificates": []any{}})
}

// seedOddPeople adds those whom Graph treats differently.
func seedOddPeople(t *tenant, now time.Time) {
	s := t.Users[personID(syncedPerson)].Props
	s["onPremisesSyncEnabled"], s["onPremisesSamAccountName"] = true, "snordby"
	s["onPremisesDomainName"], s["onPremisesLastSyncDateTime"] = "ad."+tenantDomain, moment(founded)
	s["onPremisesDistinguishedName"] = "CN=Sylvia Nordby,OU=Staff,DC=ad,DC=larkfield,DC=example"
	s["onPremisesUserPrincipalName"], s["onPremisesImmutableId"] = s["userPrincipalName"], "c3lsdmlhLm5vcmRieQ=="

	add := func(p seedPerson) *user {
		u := seedUser(p)
		t.Users[u.ID] = u
		return u
	}
	add(seedPerson{adminPerson, "Gabriel Admin", "Cloud Administrator", "London", "IT", 0x04, "gadmin"})
	former := add(seedPerson{formerPerson, "Fiona Former", "Account Manager", "London", "Sales", 0x03, ""})
	former.Props["accountEnabled"] = false

	for n, name := range map[int]string{deletedDora: "Dora Deleted", deletedPeter: "Peter Patel"} {
		u := add(seedPerson{n, name, "Account Manager", "London", "Sales", 0x03, ""})
		u.delete(now.Add(-72 * time.Hour))
	}

	guest := add(seedPerson{guestPerson, "Rosa Visitor", "Auditor", "", "", 0, ""})
	upn := "rosa.visitor_auditors.example#EXT#@" + initialDomain
	guest.Props = map[string]any{
		"accountEnabled": true, "displayName": "Rosa Visitor", "givenName": "Rosa", "surname": "Visitor",
		"userPrincipalName": upn, "mailNickname": "rosa.visitor_auditors.example#EXT#", "mail": "rosa.visitor@auditors.example",
		"otherMails": []any{"rosa.visitor@auditors.example"}, "proxyAddresses": []any{"SMTP:rosa.visitor@auditors.example"},
		"userType": "Guest", "externalUserState": "Accepted", "creationType": "Invitation",
		"createdDateTime": moment(founded), "signInSessionsValidFromDateTime": moment(founded),
	}
}

// seedSKUs are the pools; how many units are consumed is counted from the users.
func seedSKUs() []sku {
	return []sku{
		{ID: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", Part: "SPB", Enabled: 45, Plans: []servicePlan{
			{ID: exchangeStandard, Name: "EXCHANGE_S_STANDARD", Mailbox: true, Excludes: []string{exchangeEnterprise}},
			{ID: "c7699d2e-19aa-44de-8edf-1736da088ca1", Name: "SHAREPOINTSTANDARD"},
			{ID: "57ff2da0-773e-42df-b2af-ffb7a2317929", Name: "TEAMS1"},
			{ID: "41781fb2-bc02-4b7c-bd55-b576c07bb09d", Name: "AAD_PREMIUM"},
			{ID: "c1ec4a95-1f05-45b3-a911-aa3fa01094f5", Name: "INTUNE_A"},
		}},
		{ID: "c5928f49-12ba-48f7-ada3-0d743a3601d5", Part: "VISIOCLIENT", Enabled: 5, Plans: []servicePlan{
			{ID: "663a804f-1c30-4ff0-9915-9db84f0d1cea", Name: "VISIO_CLIENT_SUBSCRIPTION"},
			{ID: "2bdbaf8f-738f-4ac7-9234-3c3ee2ce7d0f", Name: "VISIOONLINE"},
		}},
		{ID: "53818b1b-4a27-454b-8896-0dba576410e6", Part: "PROJECTPROFESSIONAL", Enabled: 3, Plans: []servicePlan{
			{ID: "fafd7243-e5c1-4a3a-9e40-495efcb1d3c3", Name: "PROJECT_CLIENT_SUBSCRIPTION"},
			{ID: "fe71d6c3-a2ea-4499-9778-da042bf08063", Name: "SHAREPOINT_PROJECT", Needs: []string{sharePointEnterprise}},
			{ID: sharePointEnterprise, Name: "SHAREPOINTENTERPRISE"},
		}},
		{ID: "f8a1db68-be16-40ed-86d5-cb42ce701560", Part: "POWER_BI_PRO", Enabled: 10, Plans: []servicePlan{
			{ID: "70d33638-9c74-4d01-bfd3-562de28bd4ba", Name: "BI_AZURE_P2"},
		}},
		// Unused, kept for one machine; its Exchange plan excludes the one in SPB.
		{ID: "19ec0d23-8335-4cbd-94ac-6050e30712fa", Part: "EXCHANGEENTERPRISE", Enabled: 2, Plans: []servicePlan{
			{ID: exchangeEnterprise, Name: "EXCHANGE_S_ENTERPRISE", Mailbox: true, Excludes: []string{exchangeStandard}},
		}},
	}
}

const (
	exchangeStandard     = "9aaf7827-d63c-4b61-89c3-182f06f82e5c"
	exchangeEnterprise   = "efb87545-963c-4e0d-99df-69c6916d9eb0"
	sharePointEnterprise = "5dbe027f-2339-4123-9542-606e4d348a72"
)
