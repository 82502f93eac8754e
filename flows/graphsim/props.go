package graphsim

import (
	"strings"
	"time"
)

type kind int

const (
	text kind = iota
	flag
	date
	texts
	object  // a complex value
	objects // a list of complex values
	number
)

// A property is what Graph's documentation says of one property of a resource.
type property struct {
	kind     kind
	standard bool   // returned without $select
	write    bool   // a client may set it
	required bool   // may not be cleared
	max      int    // longest text; 0: no limit known
	filter   bool   // $filter knows it
	read     string // permission needed to select it
	change   string // permission needed to set it
	outside  bool   // kept outside the directory; not simulated
}

// userProperties lists every property of the user type in v1.0, so that a
// $select is refused exactly when Graph would refuse it.
func userProperties() map[string]property {
	m := map[string]property{
		"id":                {standard: true, filter: true},
		"businessPhones":    {kind: texts, standard: true, write: true, filter: true, required: true},
		"displayName":       {standard: true, write: true, required: true, max: 256, filter: true},
		"givenName":         {standard: true, write: true, max: 64, filter: true},
		"jobTitle":          {standard: true, write: true, max: 128, filter: true},
		"mail":              {standard: true, write: true, required: true, filter: true},
		"mobilePhone":       {standard: true, write: true, max: 64, filter: true},
		"officeLocation":    {standard: true, write: true, max: 128, filter: true},
		"preferredLanguage": {standard: true, write: true, filter: true},
		"surname":           {standard: true, write: true, max: 64, filter: true},
		"userPrincipalName": {standard: true, write: true, required: true, filter: true},

		"accountEnabled":        {kind: flag, write: true, required: true, filter: true},
		"city":                  {write: true, max: 128, filter: true},
		"companyName":           {write: true, max: 64, filter: true},
		"country":               {write: true, max: 128, filter: true},
		"department":            {write: true, max: 64, filter: true},
		"employeeHireDate":      {kind: date, write: true, filter: true},
		"employeeId":            {write: true, max: 16, filter: true},
		"employeeLeaveDateTime": {kind: date, write: true, read: "User-LifeCycleInfo.Read.All", change: "User-LifeCycleInfo.ReadWrite.All"},
		"employeeOrgData":       {kind: object, write: true},
		"employeeType":          {write: true, filter: true},
		"faxNumber":             {write: true, filter: true},
		"mailNickname":          {write: true, required: true, max: 64, filter: true},
		"onPremisesImmutableId": {write: true, filter: true},
		"otherMails":            {kind: texts, write: true, filter: true, required: true},
		// Read-only for synced users, whose every write is refused elsewhere; a cloud user's can be set.
		"onPremisesExtensionAttributes": {kind: object, write: true},
		"passwordPolicies":              {write: true},
		"passwordProfile":               {kind: object, write: true, change: "User-PasswordProfile.ReadWrite.All"},
		"postalCode":                    {write: true, max: 40, filter: true},
		"preferredDataLocation":         {write: true},
		"showInAddressList":             {kind: flag, write: true},
		"state":                         {write: true, max: 128, filter: true},
		"streetAddress":                 {write: true, max: 1024, filter: true},
		"usageLocation":                 {write: true, required: true, filter: true},
		"userType":                      {write: true, required: true, filter: true},
		"ageGroup":                      {write: true, filter: true},

		"consentProvidedForMinor": {write: true, filter: true},
		"identities":              {kind: objects},
		"assignedLicenses":        {kind: objects, filter: true},
		"proxyAddresses":          {kind: texts, filter: true},
		"createdDateTime":         {kind: date, filter: true},
		"onPremisesSyncEnabled":   {kind: flag, filter: true},

		"lastPasswordChangeDateTime":      {kind: date},
		"signInSessionsValidFromDateTime": {kind: date},
		"signInActivity":                  {kind: object, read: "AuditLog.Read.All"},
		"mailboxSettings":                 {kind: object, read: "MailboxSettings.Read", outside: true},
		"customSecurityAttributes":        {kind: object, read: "CustomSecAttributeAssignment.Read.All", outside: true},
	}
	for _, name := range strings.Fields(`authorizationInfo`) {
		if _, known := m[name]; !known {
			m[name] = property{kind: object}
		}
	}
	for _, name := range strings.Fields(`assignedPlans licenseAssignmentStates onPremisesProvisioningErrors provisionedPlans serviceProvisioningErrors`) {
		m[name] = property{kind: objects}
	}
	for _, name := range strings.Fields(`creationType externalUserState identityParentId legalAgeGroupClassification onPremisesDistinguishedName
		onPremisesDomainName onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesUserPrincipalName securityIdentifier`) {
		m[name] = property{filter: true}
	}
	for _, name := range strings.Fields(`deletedDateTime externalUserStateChangeDateTime onPremisesLastSyncDateTime`) {
		m[name] = property{kind: date, filter: true}
	}
	m["isManagementRestricted"], m["isResourceAccount"] = property{kind: flag}, property{kind: flag}
	m["imAddresses"] = property{kind: texts, filter: true}
	m["deviceEnrollmentLimit"] = property{kind: number, outside: true}
	for _, name := range strings.Fields(`aboutMe birthday hireDate interests mySite pastProjects preferredName print responsibilities schools skills`) {
		m[name] = property{outside: true}
	}
	return m
}

// groupProperties lists the properties of the group type in v1.0.
func groupProperties() map[string]property {
	m := map[string]property{}
	for _, name := range strings.Fields(`id classification description displayName mail mailNickname membershipRule
		membershipRuleProcessingState onPremisesDomainName onPremisesNetBiosName onPremisesSamAccountName
		onPremisesSecurityIdentifier preferredDataLocation preferredLanguage securityIdentifier theme uniqueName visibility`) {
		m[name] = property{standard: name != "uniqueName", filter: true}
	}
	for _, name := range strings.Fields(`mailEnabled securityEnabled onPremisesSyncEnabled isAssignableToRole`) {
		m[name] = property{kind: flag, standard: true, filter: true}
	}
	for _, name := range strings.Fields(`createdDateTime deletedDateTime expirationDateTime onPremisesLastSyncDateTime renewedDateTime`) {
		m[name] = property{kind: date, standard: true, filter: true}
	}
	for _, name := range strings.Fields(`groupTypes proxyAddresses resourceBehaviorOptions resourceProvisioningOptions`) {
		m[name] = property{kind: texts, standard: true, filter: true}
	}
	for _, name := range strings.Fields(`onPremisesProvisioningErrors serviceProvisioningErrors`) {
		m[name] = property{kind: objects, standard: true}
	}
	m["assignedLicenses"] = property{kind: objects, filter: true}
	m["assignedLabels"] = property{kind: objects}
	m["licenseProcessingState"] = property{kind: object}
	m["isManagementRestricted"] = property{kind: flag}
	m["infoCatalogs"] = property{kind: texts, outside: true}
	m["organizationId"] = property{outside: true}
	m["onPremisesExtensionAttributes"] = property{kind: object, outside: true}
	for _, name := range strings.Fields(`accessType allowExternalSenders autoSubscribeNewMembers hasMembersWithLicenseErrors hideFromAddressLists
		hideFromOutlookClients isArchived isFavorite isSubscribedByMail unseenConversationsCount unseenCount unseenMessagesCount welcomeMessageEnabled`) {
		m[name] = property{kind: flag, outside: true}
	}
	return m
}

// accepts checks a JSON value against the kind; null is judged elsewhere.
func (p property) accepts(v any) bool {
	switch p.kind {
	case text:
		s, ok := v.(string)
		return ok && s != "" && (p.max == 0 || len([]rune(s)) <= p.max)
	case flag:
		_, ok := v.(bool)
		return ok
	case date:
		s, ok := v.(string)
		if !ok {
			return false
		}
		_, err := time.Parse(time.RFC3339, s)
		return err == nil
	case texts:
		list, ok := v.([]any)
		if !ok {
			return false
		}
		for _, e := range list {
			if s, ok := e.(string); !ok || s == "" {
				return false
			}
		}
		return true
	case object:
		_, ok := v.(map[string]any)
		return ok
	case number:
		_, ok := v.(float64)
		return ok
	default:
		return false
	}
}

// unset is what an answer shows for a property that has no value.
func (p property) unset() any {
	if p.kind == texts || p.kind == objects {
		return []any{}
	}
	return nil
}
