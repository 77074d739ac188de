// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;

/** Compares messages byte for byte; composed by hand from linux/netlink.h and linux/rtnetlink.h. */
class NetlinkCodecTest {
    private static final String SEQUENCE_AND_PID = "04030201 00000000";

    @BeforeEach
    void assumeALittleEndianMachine() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
    }

    private static void assertBytes(NetlinkRequest request, String... hex) {
        MemorySegment bytes = request.finish(0x01020304, NetlinkRequest.NLM_F_ACK);
        assertEquals(
                String.join("", hex).replace(" ", ""),
                HexFormat.of().formatHex(bytes.toArray(ValueLayout.JAVA_BYTE)));
    }

    private static MemorySegment bytes(String... hex) {
        return MemorySegment.ofArray(
                HexFormat.of().parseHex(String.join("", hex).replace(" ", "")));
    }

    private static NetlinkMessage message(String... hex) throws IOException {
        return NetlinkMessage.split(bytes(hex)).getFirst();
    }

    @Test
    void setUpNamesTheFlagAndTheInterface() {
        assertBytes(
                LinkMessages.setUp("wg0", true),
                "28000000 1300 0500" + SEQUENCE_AND_PID,
                "0000 0000 00000000 01000000 01000000",
                "0800 0300 77673000");
    }

    @Test
    void setMtuPadsTheName() {
        assertBytes(
                LinkMessages.setMtu("tunnel", 1420),
                "34000000 1300 0500" + SEQUENCE_AND_PID,
                "0000 0000 00000000 00000000 00000000",
                "0b00 0300 74756e6e656c0000",
                "0800 0400 8c050000");
    }

    @Test
    void renameNamesTheInterfaceByIndex() {
        assertBytes(
                LinkMessages.rename(7, "wg1"),
                "28000000 1300 0500" + SEQUENCE_AND_PID,
                "0000 0000 07000000 00000000 00000000",
                "0800 0300 77673100");
    }

    @Test
    void addAddressCarriesLocalAndPrefixAddress() {
        assertBytes(
                AddressMessages.add(5, Cidr.parse("10.0.0.1/24"), false),
                "28000000 1400 0506" + SEQUENCE_AND_PID,
                "02 18 00 00 05000000",
                "0800 0200 0a000001",
                "0800 0100 0a000001");
    }

    @Test
    void addAddressWithoutNeighboursSkipsDuplicateDetection() {
        assertBytes(
                AddressMessages.add(5, Cidr.parse("fd00::1/64"), true),
                "40000000 1400 0506" + SEQUENCE_AND_PID,
                "0a 40 02 00 05000000",
                "1400 0200 fd000000000000000000000000000001",
                "1400 0100 fd000000000000000000000000000001");
    }

    @Test
    void removeAddressOfIpv6() {
        assertBytes(
                AddressMessages.remove(5, Cidr.parse("fd00::1/64")),
                "40000000 1500 0500" + SEQUENCE_AND_PID,
                "0a 40 00 00 05000000",
                "1400 0200 fd000000000000000000000000000001",
                "1400 0100 fd000000000000000000000000000001");
    }

    @Test
    void aLoopbackAddressHasHostScope() {
        assertBytes(
                AddressMessages.add(1, Cidr.parse("127.0.0.2/8"), false),
                "28000000 1400 0506" + SEQUENCE_AND_PID,
                "02 08 00 fe 01000000",
                "0800 0200 7f000002",
                "0800 0100 7f000002");
    }

    @Test
    void addRouteThroughAnInterface() {
        assertBytes(
                RouteMessages.add(Route.through("wg0", Cidr.parse("10.1.2.3/16")), 5),
                "2c000000 1800 0506" + SEQUENCE_AND_PID,
                "02 10 00 00 fe 03 fd 01 00000000",
                "0800 0100 0a010000",
                "0800 0400 05000000");
    }

    @Test
    void tablesAbove255AndMetricsAreAttributes() {
        Route route =
                Route.through("wg0", Cidr.parse("::/0"))
                        .withGateway(InetAddress.ofLiteral("fd00::2"))
                        .withTable(51820)
                        .withMetric(10);
        assertBytes(
                RouteMessages.add(route, 5),
                "48000000 1800 0506" + SEQUENCE_AND_PID,
                "0a 00 00 00 00 03 00 01 00000000",
                "1400 0500 fd000000000000000000000000000002",
                "0800 0400 05000000",
                "0800 0f00 6cca0000",
                "0800 0600 0a000000");
    }

    @Test
    void aGatewayOfTheOtherFamilyUsesRtaVia() {
        Route route =
                Route.through("wg0", Cidr.parse("10.0.0.0/8"))
                        .withGateway(InetAddress.ofLiteral("fd00::2"));
        assertBytes(
                RouteMessages.add(route, 5),
                "44000000 1800 0506" + SEQUENCE_AND_PID,
                "02 08 00 00 fe 03 00 01 00000000",
                "0800 0100 0a000000",
                "1600 1200 0a00 fd000000000000000000000000000002 0000",
                "0800 0400 05000000");
    }

    @Test
    void removeRouteMatchesAnyProtocolAndScope() {
        assertBytes(
                RouteMessages.remove(Route.through("wg0", Cidr.parse("10.1.0.0/16")), 5),
                "2c000000 1900 0500" + SEQUENCE_AND_PID,
                "02 10 00 00 fe 00 ff 01 00000000",
                "0800 0100 0a010000",
                "0800 0400 05000000");
    }

    @Test
    void aLinkIsParsed() throws Exception {
        assertEquals(
                new LinkState(7, "wg0", 1420, true, "tun"),
                LinkMessages.parse(
                        message(
                                "40000000 1000 0000" + SEQUENCE_AND_PID,
                                "0000 feff 07000000 91100000 00000000",
                                "0800 0300 77673000",
                                "0800 0400 8c050000",
                                "0c00 1280 0800 0100 74756e00",
                                "0400 ff3f")));
    }

    @Test
    void theLocalAddressOfALinkWithTwoEndsIsParsed() throws Exception {
        assertEquals(
                Cidr.parse("10.0.0.1/32"),
                AddressMessages.parse(
                        message(
                                "28000000 1400 0200" + SEQUENCE_AND_PID,
                                "02 20 80 00 07000000",
                                "0800 0100 0a000002",
                                "0800 0200 0a000001")));
    }

    @Test
    void theAddressOfALinkWithOneEndIsParsed() throws Exception {
        assertEquals(
                Cidr.parse("fe80::1/64"),
                AddressMessages.parse(
                        message(
                                "2c000000 1400 0200" + SEQUENCE_AND_PID,
                                "0a 40 80 fd 07000000",
                                "1400 0100 fe800000000000000000000000000001")));
    }

    @Test
    void aMultipathRouteIsParsedAsSeveralRoutes() throws Exception {
        Cidr destination = Cidr.parse("10.0.0.0/8");
        assertEquals(
                List.of(
                        Route.through("if3", destination)
                                .withTable(300)
                                .withGateway(InetAddress.ofLiteral("192.0.2.1")),
                        Route.through("if4", destination)
                                .withTable(300)
                                .withGateway(InetAddress.ofLiteral("fd00::2"))),
                RouteMessages.parse(
                        message(
                                "60000000 1800 0200" + SEQUENCE_AND_PID,
                                "02 08 00 00 fc 03 00 01 00000000",
                                "0800 0100 0a000000",
                                "0800 0f00 2c010000",
                                "3400 0900",
                                "1000 00 00 03000000 0800 0500 c0000201",
                                "2000 00 00 04000000",
                                "1600 1200 0a00 fd000000000000000000000000000002 0000"),
                        AddressFamily.AF_INET,
                        index -> "if" + index));
    }

    @Test
    void cachedRoutesAndOtherFamiliesAreSkipped() throws Exception {
        String header = "24000000 1800 0200" + SEQUENCE_AND_PID;
        String destination = "0800 0100 0a000000";
        NetlinkMessage cloned = message(header, "02 08 00 00 fe 03 00 01 00020000", destination);
        NetlinkMessage plain = message(header, "02 08 00 00 fe 03 00 01 00000000", destination);
        assertEquals(List.of(), RouteMessages.parse(cloned, AddressFamily.AF_INET, index -> ""));
        assertEquals(List.of(), RouteMessages.parse(plain, AddressFamily.AF_INET6, index -> ""));
        assertEquals(1, RouteMessages.parse(plain, AddressFamily.AF_INET, index -> "").size());
    }

    @Test
    void addRuleForPacketsWithoutAMark() {
        assertBytes(
                RuleMessages.add(Rule.unlessMarked(true, 32765, 51820, 51820)),
                "34000000 2000 0506" + SEQUENCE_AND_PID,
                "02 00 00 00 00 0000 01 02000000",
                "0800 0600 fd7f0000",
                "0800 0a00 6cca0000",
                "0800 0f00 6cca0000");
    }

    @Test
    void removeRuleThatSuppressesTheDefaultRoute() {
        assertBytes(
                RuleMessages.remove(Rule.mainWithoutDefault(false, 32764)),
                "2c000000 2100 0500" + SEQUENCE_AND_PID,
                "0a 00 00 00 fe 0000 01 00000000",
                "0800 0600 fc7f0000",
                "0800 0e00 00000000");
    }

    @Test
    void aRuleIsParsed() throws Exception {
        NetlinkMessage message =
                message(
                        "44000000 2000 0200" + SEQUENCE_AND_PID,
                        "0a 00 00 00 00 0000 01 02000000",
                        "0800 0f00 6cca0000",
                        "0800 0e00 ffffffff",
                        "0800 0600 fd7f0000",
                        "0800 0a00 6cca0000",
                        "0800 1000 ffffffff");
        assertEquals(
                Rule.unlessMarked(false, 32765, 51820, 51820),
                RuleMessages.parse(message, AddressFamily.AF_INET6));
        assertNull(RuleMessages.parse(message, AddressFamily.AF_INET));
    }

    @Test
    void aRuleWithAnotherConditionIsMarkedAsMore() throws Exception {
        String header = "1c000000 2000 0200" + SEQUENCE_AND_PID;
        String attributed = "24000000 2000 0200" + SEQUENCE_AND_PID;
        String plain = "02 00 00 00 fe 0000 01 00000000";
        assertFalse(RuleMessages.parse(message(header, plain), AddressFamily.AF_INET).more());
        for (NetlinkMessage other :
                List.of(
                        message(header, "02 18 00 00 fe 0000 01 00000000"), // to a network
                        message(header, "02 00 18 00 fe 0000 01 00000000"), // from a network
                        message(header, "02 00 00 10 fe 0000 01 00000000"), // a type of service
                        message(header, "02 00 00 00 00 0000 06 00000000"), // blackhole
                        message(attributed, plain, "0800 1000 ff000000"), // a masked mark
                        message(attributed, plain, "0800 0300 6c6f0000"))) { // iif lo
            assertTrue(RuleMessages.parse(other, AddressFamily.AF_INET).more());
        }
    }

    @Test
    void aRouteLookupIsSentAndParsed() throws Exception {
        assertBytes(
                RouteMessages.lookUp(InetAddress.ofLiteral("192.0.2.1")),
                "24000000 1a00 0500" + SEQUENCE_AND_PID,
                "02 20 00 00 00 00 00 00 00000000",
                "0800 0100 c0000201");
        String header = "02 20 00 00 fe 00 00 01 00020000";
        assertEquals(
                new RouteLookup("if3", 1400),
                RouteMessages.parseLookup(
                        message(
                                "30000000 1800 0000" + SEQUENCE_AND_PID,
                                header,
                                "0800 0400 03000000",
                                "0c00 0800 0800 0200 78050000"),
                        index -> "if" + index));
        assertEquals(
                new RouteLookup("if3", 0),
                RouteMessages.parseLookup(
                        message(
                                "24000000 1800 0000" + SEQUENCE_AND_PID,
                                header,
                                "0800 0400 03000000"),
                        index -> "if" + index));
    }

    @Test
    void malformedLengthsAreRefused() {
        for (String length : List.of("0f000000", "00000000", "15000000", "ffffffff")) {
            assertThrows(
                    IOException.class,
                    () ->
                            NetlinkMessage.split(
                                    bytes(length, "1000 0000", SEQUENCE_AND_PID, "00000000")));
        }
        for (String attribute : List.of("0300 0100", "0900 0100", "ffff 0100")) {
            assertThrows(
                    IOException.class, () -> NetlinkAttributes.parse(bytes(attribute, "00000000")));
        }
        assertThrows(
                IOException.class,
                () ->
                        LinkMessages.parse(
                                message("14000000 1000 0000", SEQUENCE_AND_PID, "00000000")));
    }
}
