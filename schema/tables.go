package schema

// text, date and the like keep the declaration below readable as a table.
func text(no uint16, name string) Column { return Column{No: no, Name: name, Type: Text} }
func date(no uint16, name string) Column { return Column{No: no, Name: name, Type: Date} }
func number(no uint16, name string) Column {
	return Column{No: no, Name: name, Type: Integer}
}
func money(no uint16, name string) Column {
	return Column{No: no, Name: name, Type: Money, Class: Finance}
}
func ref(no uint16, name, table string) Column {
	return Column{No: no, Name: name, Type: ID, Ref: table}
}
func (c Column) required() Column          { c.NotNull = true; return c }
func (c Column) sensitive() Column         { c.Class = Sensitive; return c }
func (c Column) finance() Column           { c.Class = Finance; return c }
func (c Column) goes() Column              { c.GoesWith = true; return c }
func (c Column) in(register uint16) Column { c.Register = register; return c }
func unit() Column                         { return ref(1, "unit_id", "unit").required() }

// tables is the declaration. Order is by number.
//
// Sources: the member fields are those of the card-change form and the
// membership list (domain notes §2); sensitive classes follow Decree
// 356/2025/NĐ-CP (ethnicity, religion, health, bank account).
var tables = []*Table{
	{No: 1, Name: "unit", Scope: "id", Published: true, Writer: Staff, Columns: []Column{
		text(1, "code"), text(2, "name").required(), text(3, "short_name"), text(4, "kind"),
		ref(5, "parent_id", "unit"), ref(6, "managed_by_id", "unit"),
		text(7, "employer_kind"), text(8, "tax_code"), text(9, "address"), text(10, "status"),
	}},
	{No: 2, Name: "unit_edge", Scope: "unit_id", Published: true, Writer: Staff, Columns: []Column{
		unit(), ref(2, "successor_id", "unit"), text(3, "kind"), date(4, "on_date"), text(5, "decision_no"),
	}},
	{No: 3, Name: "person", Scope: "unit_id", Published: true, Writer: Admin, Columns: []Column{
		unit(), text(2, "full_name").required(), text(3, "phone"), text(4, "email"),
	}},
	{No: 4, Name: "mandate", Scope: "unit_id", Published: true, Writer: Admin, Columns: []Column{
		unit(), ref(2, "person_id", "person"), text(3, "role"), date(4, "from_date"), date(5, "to_date"),
		text(6, "basis"), text(7, "status"),
	}},
	{No: 5, Name: "member", Scope: "unit_id", Writer: Officer, Columns: []Column{
		unit(),
		text(2, "full_name").required().in(2), date(3, "birth_date").in(2),
		text(4, "gender"), text(5, "ethnicity").sensitive(), text(6, "religion").sensitive(),
		text(7, "national_id").in(2), date(8, "national_id_date").in(2),
		text(9, "phone"), text(10, "email"), text(11, "address"), text(12, "hometown"),
		text(13, "job_title"), text(14, "department"), text(15, "education"), date(16, "joined_on"),
		text(17, "card_number"), text(18, "status"), text(19, "union_role"), text(20, "insurance_no"),
		money(21, "wage_base"), {No: 22, Name: "wage_coef", Type: Real, Class: Finance}, text(23, "notes"),
		text(24, "other_name"), text(25, "nationality"), text(26, "old_id_number"), text(27, "passport"),
		text(28, "national_id_place"), text(29, "permanent_address"), text(30, "professional_level"),
		text(31, "skill_grade"), text(32, "political_theory"), text(33, "informatics"), text(34, "languages"),
		text(35, "contract_kind"), date(36, "employed_on"), text(37, "joined_place"), text(38, "admission_no"),
		text(39, "party_member").sensitive(), date(40, "party_joined_on").sensitive(), text(41, "youth_member"),
		text(42, "marital_status"), number(43, "children"), text(44, "children_birth_years"),
		text(45, "hardship").sensitive(), text(46, "card_kind"), text(47, "card_status"), date(48, "card_issued_on"),
		text(49, "bank_bin").in(49).finance(), text(50, "bank_account").in(49).finance(),
		text(51, "bank_holder").in(49).finance(),
		text(52, "consent_version").in(52), date(53, "consent_on").in(52), text(54, "consent_channel").in(52),
		// The row of the same person in which the member is kept now: this one was
		// merged into that one. It stays, with all its values, so that empty undoes it.
		ref(55, "same_as", ""),
	}},
	{No: 6, Name: "membership", Scope: "unit_id", Writer: Officer, Columns: []Column{
		unit(), ref(2, "member_id", "member").goes(), ref(3, "in_unit_id", "unit"),
		date(4, "from_date"), date(5, "to_date"), text(6, "ended_how"), text(7, "decision_no"),
	}},
	{No: 7, Name: "position", Scope: "unit_id", Writer: Officer, Columns: []Column{
		unit(), ref(2, "member_id", "member").goes(), text(3, "office"), text(4, "term"),
		date(5, "from_date"), date(6, "to_date"), text(7, "basis"),
	}},
	{No: 8, Name: "wage", Scope: "unit_id", Writer: Officer, Columns: []Column{
		unit(), ref(2, "member_id", "member").goes(), date(3, "from_month"),
		money(4, "base"), {No: 5, Name: "coefficient", Type: Real, Class: Finance}, text(6, "source").finance(),
	}},
	{No: 9, Name: "dues_rate", Scope: "unit_id", Published: true, Writer: Admin, Columns: []Column{
		unit(), text(2, "name"), date(3, "from_date"), date(4, "to_date"),
		{No: 5, Name: "value", Type: Real}, text(6, "unit_of_value"), text(7, "source"),
	}},
	// A payment is posted when it has its receipt: from then on it is corrected
	// by a reversing row, never changed (single-entry books, HD 47/HD-TLĐ 2021).
	{No: 10, Name: "dues_payment", Scope: "unit_id", Writer: Officer,
		Frozen: "OLD.posted_at IS NOT NULL OR OLD.receipt_no IS NOT NULL", FrozenBy: []string{"posted_at", "receipt_no"},
		Columns: []Column{
			unit(), ref(2, "member_id", "member").finance(), date(3, "month").finance(), money(4, "amount"),
			date(5, "paid_on").finance(), text(6, "method").finance(), text(7, "receipt_no").finance(),
			text(8, "receipt_series").finance(), {No: 9, Name: "posted_at", Type: Time, Class: Finance},
			ref(10, "reverses_id", "dues_payment").finance(), text(11, "notes").finance(),
		}},
	{No: 11, Name: "period_lock", Scope: "unit_id", Writer: Officer, Columns: []Column{
		unit(), date(2, "month"), text(3, "state"), text(4, "reason"),
	}},
	{No: 12, Name: "read_log", Scope: "unit_id", Writer: Officer, Frozen: "1", Columns: []Column{
		unit(), ref(2, "person_id", "person"), text(3, "act"), text(4, "subject"), number(5, "row_count"),
		{No: 6, Name: "at", Type: Time},
	}},
	{No: 13, Name: "codelist", Scope: "unit_id", Published: true, Writer: Admin, Columns: []Column{
		unit(), text(2, "list"), text(3, "code"), text(4, "label_vi"), text(5, "label_en"),
		number(6, "place"), text(7, "aliases"), text(8, "status"),
	}},
	// A superior declares further fields without a release; their values are
	// rows of extra, whose id is derived from record and field, so that two
	// offices that fill the same field meet in one register.
	{No: 14, Name: "field", Scope: "unit_id", Published: true, Writer: Admin, Columns: []Column{
		unit(), text(2, "on_table"), text(3, "name"), text(4, "label_vi"), text(5, "label_en"),
		text(6, "type"), text(7, "list"), text(8, "class"), number(9, "place"), text(10, "status"),
	}},
	{No: 15, Name: "extra", Scope: "unit_id", Writer: Officer, Columns: []Column{
		unit(), {No: 2, Name: "record_id", Type: ID, GoesWith: true, Ref: "member"}, ref(3, "field_id", "field"),
		text(4, "value").sensitive(),
	}},
	// What people said of a finding, or why they settled a conflict so. "Not the
	// same person" names the two rows and is remembered for ever.
	{No: 16, Name: "finding_answer", Scope: "unit_id", Writer: Officer, Columns: []Column{
		unit(), text(2, "finding"), text(3, "answer"), text(4, "why"), ref(5, "row_a", ""), ref(6, "row_b", ""),
	}},
	// What the server noticed across rows: a possible duplicate, an orphan, a
	// broken rule. Written by the server alone, as rows like any other, so that
	// every replica of the unit sees the same and nothing new is on the wire.
	{No: 17, Name: "finding", Scope: "unit_id", Writer: ServerOnly, Columns: []Column{
		unit(), text(2, "kind"), ref(3, "row_a", ""), ref(4, "row_b", ""), text(5, "on_table"),
		text(6, "detail"), text(7, "status"), number(8, "score"), text(9, "reasons"),
	}},
	// Every enrolled computer with its writers' names: how screens say from
	// which machine a value came, with no line.
	{No: 18, Name: "device", Scope: "unit_id", Published: true, Writer: ServerOnly, Columns: []Column{
		unit(), text(2, "label"), ref(3, "person_id", "person"), ref(4, "hand_writer", ""), ref(5, "bulk_writer", ""),
		text(6, "status"),
	}},
	// What an office keeps of a member who has moved on, where something that
	// stays with it (a payment, a transfer) names the member. Written by the
	// server alone.
	{No: 19, Name: "stub", Scope: "unit_id", Writer: ServerOnly, Columns: []Column{
		unit(), ref(2, "member_id", ""), text(3, "full_name"), ref(4, "to_unit_id", "unit"), text(5, "to_name"),
		{No: 6, Name: "moved_at", Type: Time},
	}},
	// A member's transfer, as the office that has the member asks for it; status:
	// asked, withdrawn (by the same), accepted, refused or overtaken (by the server).
	// An office names by its code a unit that it does not see.
	{No: 20, Name: "transfer", Scope: "unit_id", Writer: Officer, Columns: []Column{
		unit(), ref(2, "member_id", "member"), ref(3, "to_unit_id", "unit"), text(4, "to_code"), text(5, "to_name"),
		ref(6, "asked_by_id", "person"), text(7, "decision_no"), date(8, "on_date"), text(9, "why"), text(10, "status"),
		text(11, "answer_why"), {No: 12, Name: "answered_at", Type: Time},
		// The receiving office's own row of the same person: accepted, it is merged
		// into the one that comes.
		ref(13, "double_id", ""),
	}},
	// The same as the receiving office sees it: who is to come, and no more. The
	// server makes it; the office answers: accepted or refused.
	{No: 21, Name: "arrival", Scope: "unit_id", Writer: Officer, Columns: []Column{
		unit(), ref(2, "transfer_id", "transfer"), ref(3, "from_unit_id", "unit"), text(4, "from_name"),
		text(5, "full_name"), date(6, "birth_date"), text(7, "decision_no"), date(8, "on_date"), text(9, "why"),
		text(10, "status"), text(11, "answer_why"), ref(12, "double_id", ""),
	}},
	// What the law has erased, for every computer that may ever have held it: by
	// this row it takes the values out of what it keeps. It says whose they were to
	// nobody. Written by the server alone.
	{No: 22, Name: "erasure", Scope: "unit_id", Published: true, Writer: ServerOnly, Columns: []Column{
		unit(), text(2, "on_table"), ref(3, "row_id", ""),
	}},
}
