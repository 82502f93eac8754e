package setup

// zoneOf is the time zone of a country, or the one that most of its people live in; sure is false then, and for countries that are not listed.
func zoneOf(country string) (zone string, sure bool) {
	one := map[string]string{
		"AE": "Asia/Dubai", "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CH": "Europe/Zurich", "CZ": "Europe/Prague",
		"DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "FI": "Europe/Helsinki", "FR": "Europe/Paris", "GB": "Europe/London",
		"GR": "Europe/Athens", "HK": "Asia/Hong_Kong", "HR": "Europe/Zagreb", "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IL": "Asia/Jerusalem",
		"IN": "Asia/Kolkata", "IT": "Europe/Rome", "JP": "Asia/Tokyo", "KR": "Asia/Seoul", "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg",
		"LV": "Europe/Riga", "MT": "Europe/Malta", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "PL": "Europe/Warsaw", "RO": "Europe/Bucharest",
		"SE": "Europe/Stockholm", "SG": "Asia/Singapore", "SI": "Europe/Ljubljana", "SK": "Europe/Bratislava", "ZA": "Africa/Johannesburg",
	}
	several := map[string]string{
		"AU": "Australia/Sydney", "BR": "America/Sao_Paulo", "CA": "America/Toronto", "ES": "Europe/Madrid", "MX": "America/Mexico_City",
		"NZ": "Pacific/Auckland", "PT": "Europe/Lisbon", "US": "America/New_York",
	}
	if zone, ok := one[country]; ok {
		return zone, true
	}
	if zone, ok := several[country]; ok {
		return zone, false
	}
	return "Etc/UTC", false
}
