//! EPCIS 1.2 and 2.0 XML in and out.
