//! What the profile itself refuses, before any state is read.

use pangolin_ledger::report::{Kernel, Reason, RuleId};

use crate::rule::{Rule, own};

own! {
    STEP_MISSING = K1 "pharma.step" "step-missing"
        "an event that adds or deletes says what it is about with its business step"
        "add bizStep: commissioning for ADD; decommissioning, destroying, dispensing or sampling for DELETE"
        "CBV 2.0 §7.1; GS1 US DSCSA guideline R1.3";
    STEP_MISMATCH = K1 "pharma.step-action" "step-mismatch"
        "a business step goes with one type of event and one action"
        "correct bizStep or action; commissioning goes with ADD, decommissioning, destroying and sampling with DELETE, everything else with OBSERVE"
        "CBV 2.0 §7.1; GS1 US DSCSA guideline R1.3";
    NOT_SERIALISED = K1 "pharma.serial" "not-serialised"
        "every pack is named by its serial number; quantities without serial numbers are not traced"
        "replace the quantity list by the serial numbers of the packs"
        "FD&C Act §581(14), §582(a)(9)";
    IDENTIFIER_KIND = K1 "pharma.identifier" "identifier-kind"
        "objects are packs and cases (SGTIN), logistic units (SSCC) or returnable containers (GRAI, GIAI)"
        "name the object by one of these keys"
        "FD&C Act §581(14); GS1 US DSCSA guideline R1.3";
    NOT_A_PACK = K1 "pharma.pack" "not-a-pack"
        "only packs with a GTIN and a serial number are dispensed or repackaged"
        "name the packs themselves, not the container they came in"
        "FD&C Act §581(11), §581(20)";
    MIXED_ITEMS = K1 "pharma.commission.item" "mixed-items"
        "one commissioning event is about one trade item, or about logistic units and containers only"
        "send one commissioning event for each GTIN and lot, and one for the logistic units"
        "GS1 US DSCSA guideline R1.3; CBV 2.0 §6.1 (ilmd belongs to all objects)";
    LOT_MISSING = K1 "pharma.commission.lot" "lot-missing"
        "a commissioned pack has a lot number"
        "add cbvmda:lotNumber to the ilmd of the commissioning event"
        "FD&C Act §581(14)(C), §581(26)(E)";
    EXPIRY_MISSING = K1 "pharma.commission.expiry" "expiry-missing"
        "a commissioned pack has an expiry date"
        "add cbvmda:itemExpirationDate (YYYY-MM-DD) to the ilmd of the commissioning event"
        "FD&C Act §581(14)(D)";
    EXPIRY_PASSED = K1 "pharma.commission.expired" "expiry-passed"
        "nothing is commissioned after its expiry date"
        "correct itemExpirationDate or eventTime"
        "21 CFR 211.137";
    CONTENTS_MISSING = K1 "pharma.pack.contents" "contents-missing"
        "packing names what is packed"
        "list the children of the aggregation"
        "EPCIS 2.0 §7.4.3";
    PARENT_MISSING = K1 "pharma.pack.parent" "parent-missing"
        "packing and unpacking name the container"
        "add parentID"
        "EPCIS 2.0 §7.4.3";
    OBJECTS_MISSING = K1 "pharma.objects" "objects-missing"
        "the act names the objects it is about"
        "list the objects in epcList"
        "EPCIS 2.0 §7.4.2";
    DESTINATION_MISSING = K1 "pharma.ship.destination" "destination-missing"
        "a shipment names who gets it"
        "add a destination of type owning_party (or possessing_party, if only custody changes) with the receiver's GLN"
        "FD&C Act §581(26)(J); GS1 US DSCSA guideline R1.3";
    DESTINATION_CHAIN = K1 "pharma.ship.chain" "destination-chain"
        "a shipment to another chain names it by its identity and says until when it may arrive there"
        "set destinationChain to the 64 hexadecimal digits of that chain's identity and arriveBefore to a time, or leave both out"
        "ledger of this chain";
    SOURCE_DIFFERS = K2 "pharma.ship.source" "source-differs"
        "who states a shipment is who has the goods"
        "let the party ship that is named as possessing_party of the source, or correct the source"
        "FD&C Act §581(26)(I)";
    DESTINATION_DIFFERS = K2 "pharma.receive.destination" "destination-differs"
        "who states a receipt is who gets the goods"
        "let the party receive that is named as possessing_party of the destination, or correct the destination"
        "FD&C Act §581(26)(J)";
    STATEMENT_MISSING = K1 "pharma.ship.statement" "statement-missing"
        "a shipment that changes ownership carries the transaction statement"
        "add gs1ushc:dscsaTransactionStatement with affirmTransactionStatement true to the header of the document"
        "FD&C Act §581(27), §582(b)(1)(A)";
    STATEMENT_DENIED = K1 "pharma.ship.statement-denied" "statement-denied"
        "the transaction statement is affirmed"
        "do not ship goods whose statement cannot be affirmed; otherwise set affirmTransactionStatement to true"
        "FD&C Act §581(27)";
    REPACK_CONTENT = K5 "pharma.repackage.content" "repack-content"
        "repackaging does not make more than was there: outputs times their content is at most inputs times theirs"
        "correct the lists, or state inputContent and outputContent if the packs differ in size"
        "FD&C Act §582(e)(1)";
    SCOPE_UNKNOWN = K1 "pharma.order.scope" "scope-unknown"
        "an order is on a pack, a logistic unit, a lot, a product or a trading partner"
        "name the lot or product by its GTIN, the object by its GS1 key"
        "FD&C Act §582(c)(4)";
}
