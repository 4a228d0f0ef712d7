import RoundhouseCore
import Testing

@Suite struct AccessAddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"),
        ("10.0.0.0/8", "::ffff:a01:203", "::ffff:b01:203"),
        ("192.168.1.64/26", "192.168.1.127", "192.168.1.128"),
        ("192.168.1.64/26", "192.168.1.64", "192.168.1.63"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
        ("127.0.0.1/32", "127.0.0.1", "126.0.0.1"),
        ("128.0.0.0/1", "255.255.255.255", "127.255.255.255"),
        ("0.0.0.0/0", "203.0.113.9", "::1"),
        ("::/0", "2001:db8::1", "10.0.0.1"),
        ("::/0", "::", "::ffff:10.0.0.1"),
        ("::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"),
        ("::ffff:0:0/96", "10.9.9.9", "::1"),
        ("::ffff:10.1.2.3", "10.1.2.3", "10.1.2.4"),
        ("::ffff:10.1.2.3/128", "10.1.2.3", "10.1.2.2"),
        ("::1", "0:0:0:0:0:0:0:1", "::2"),
        ("::1", "::0.0.0.1", "0.0.0.1"),
        ("fd00::/8", "FDFF::1", "fe00::"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
        ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
        ("64:ff9b::1.2.3.4", "64:ff9b::102:304", "64:ff9b::102:305"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:1"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304", "1:2:3:4:5:6:102:305"),
    ])
    func contains(_ block: String, _ inside: String, _ outside: String) throws {
        let range = try #require(AddressRange(block))
        #expect(range.contains(inside))
        #expect(!range.contains(outside))
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-0", "10.0.0.0/+8", "10.0.0.0/ 8", "10.0.0.0/8/8",
        "10.0.0.0/0008", "10.0.0.1/8", "10.0.0.0/6", "10.0.0", "10.0.0.0.0", "10.0.0.256", "10.0.0.", ".10.0.0",
        "10..0.0", "010.0.0.1", "10.00.0.1", "+1.0.0.0", "0x0a.0.0.1", "localhost", "*", " 10.0.0.1", "10.0.0.1 ",
        "10.0.0.1:80", "::1/129", "::1/127", "::1/64", "fe80::1%eth0", "[::1]", ":", ":::", "::1::", "1::2::3", "1:::2",
        ":1", "1:", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::", "g::",
        "::1.2.3", "::1.2.3.4:5", "1.2.3.4::", ":1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::ffff:10.0.0.0/8",
        "::ffff:10.0.0.0/95", "::ffff:10.0.0.0/129", "::ffff:10.0.0.1/127", "١.0.0.1", "::١", "10.0.0.0/٨",
    ])
    func noBlocks(_ text: String) { #expect(AddressRange(text) == nil) }

    @Test(arguments: ["", "localhost", "10.0.0.1:80", "10.0.0.1/32", "unix:", "10.0.0.1, 10.0.0.2", "fe80::1%eth0"])
    func whatIsNoAddressIsNowhere(_ text: String) throws {
        #expect(try !#require(AddressRange("0.0.0.0/0")).contains(text))
        #expect(try !#require(AddressRange("::/0")).contains(text))
    }

    @Test func everyPrefixEndsWhereItShould() throws {
        for bits in 0...32 {
            let first = bits == 0 ? 0 : UInt32.max << UInt32(32 - bits) & 0xa5a5_a5a5
            let last = bits == 32 ? first : first | UInt32.max >> UInt32(bits)
            let range = try #require(AddressRange("\(dotted(first))/\(bits)"))
            #expect(range.contains(dotted(first)) && range.contains(dotted(last)), "/\(bits)")
            if bits > 0 {
                #expect(!range.contains(dotted(first &- 1)) && !range.contains(dotted(last &+ 1)), "/\(bits)")
            }
        }
    }

    private func dotted(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { String(address >> UInt32($0) & 0xff) }.joined(separator: ".")
    }

    @Test func theSameBlockInTwoSpellings() {
        #expect(AddressRange("::ffff:10.0.0.0/104") == AddressRange("10.0.0.0/8"))
        #expect(AddressRange("10.0.0.1/32") == AddressRange("10.0.0.1"))
        #expect(AddressRange("10.0.0.0/8") != AddressRange("10.0.0.0/9"))
    }
}
