// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.stream.Stream;

class SetParserTest {
    private static final String HEX = "a1".repeat(32);
    private static final String ZEROS = "0".repeat(64);
    private static final String PEER = "public_key=" + "b2".repeat(32);

    private static SetCommand ofDevice(String line) throws UapiException {
        return new SetParser().parse(line);
    }

    private static SetCommand ofPeer(String line) throws UapiException {
        SetParser parser = new SetParser();
        parser.parse(PEER);
        return parser.parse(line);
    }

    static Stream<Arguments> deviceLines() {
        return Stream.of(
                Arguments.of(
                        "private_key=" + HEX, new SetCommand.PrivateKey(PrivateKey.fromHex(HEX))),
                Arguments.of(
                        "private_key=" + HEX.toUpperCase(),
                        new SetCommand.PrivateKey(PrivateKey.fromHex(HEX))),
                Arguments.of("private_key=" + ZEROS, new SetCommand.PrivateKey(null)),
                Arguments.of("listen_port=0", new SetCommand.ListenPort(0)),
                Arguments.of("listen_port=65535", new SetCommand.ListenPort(65_535)),
                Arguments.of("listen_port=00051820", new SetCommand.ListenPort(51_820)),
                Arguments.of("fwmark=0", new SetCommand.Fwmark(0)),
                Arguments.of("fwmark=4294967295", new SetCommand.Fwmark(-1)),
                Arguments.of("replace_peers=true", new SetCommand.ReplacePeers()),
                Arguments.of(
                        "public_key=" + HEX, new SetCommand.SelectPeer(PublicKey.fromHex(HEX))));
    }

    @ParameterizedTest
    @MethodSource("deviceLines")
    void theDeviceSectionHasTheseKeys(String line, SetCommand expected) throws UapiException {
        assertEquals(expected, ofDevice(line));
    }

    static Stream<Arguments> peerLines() throws Exception {
        int loopback = NetworkInterface.getByName("lo").getIndex();
        byte[] fe80 = new byte[16];
        fe80[0] = (byte) 0xfe;
        fe80[1] = (byte) 0x80;
        fe80[15] = 1;
        SetCommand linkLocal =
                new SetCommand.Endpoint(
                        new InetSocketAddress(
                                Inet6Address.getByAddress(null, fe80, loopback), 51_820));
        return Stream.of(
                Arguments.of(
                        "public_key=" + HEX, new SetCommand.SelectPeer(PublicKey.fromHex(HEX))),
                Arguments.of("update_only=true", new SetCommand.UpdateOnly()),
                Arguments.of("remove=true", new SetCommand.Remove()),
                Arguments.of(
                        "preshared_key=" + HEX,
                        new SetCommand.Preshared(PresharedKey.fromHex(HEX))),
                Arguments.of("preshared_key=" + ZEROS, new SetCommand.Preshared(PresharedKey.NONE)),
                Arguments.of(
                        "endpoint=192.0.2.1:51820",
                        new SetCommand.Endpoint(new InetSocketAddress("192.0.2.1", 51_820))),
                Arguments.of(
                        "endpoint=[::1]:65535",
                        new SetCommand.Endpoint(new InetSocketAddress("::1", 65_535))),
                Arguments.of(
                        "endpoint=[::ffff:192.0.2.1]:1",
                        new SetCommand.Endpoint(new InetSocketAddress("192.0.2.1", 1))),
                Arguments.of("endpoint=[fe80::1%lo]:51820", linkLocal),
                Arguments.of("endpoint=[fe80::1%" + loopback + "]:51820", linkLocal),
                Arguments.of(
                        "persistent_keepalive_interval=0", new SetCommand.PersistentKeepalive(0)),
                Arguments.of(
                        "persistent_keepalive_interval=65535",
                        new SetCommand.PersistentKeepalive(65_535)),
                Arguments.of("replace_allowed_ips=true", new SetCommand.ReplaceAllowedIps()),
                Arguments.of(
                        "allowed_ip=10.1.2.3/8",
                        new SetCommand.AddAllowedIp(IpPrefix.parse("10.0.0.0/8"))),
                Arguments.of(
                        "allowed_ip=0.0.0.0/0",
                        new SetCommand.AddAllowedIp(IpPrefix.parse("0.0.0.0/0"))),
                Arguments.of(
                        "allowed_ip=::/0", new SetCommand.AddAllowedIp(IpPrefix.parse("::/0"))),
                Arguments.of(
                        "allowed_ip=fd00::1/128",
                        new SetCommand.AddAllowedIp(IpPrefix.parse("fd00::1"))),
                Arguments.of(
                        "allowed_ip=-10.1.2.3/32",
                        new SetCommand.RemoveAllowedIp(IpPrefix.parse("10.1.2.3/32"))),
                Arguments.of("protocol_version=1", new SetCommand.ProtocolVersion()));
    }

    @ParameterizedTest
    @MethodSource("peerLines")
    void thePeerSectionHasTheseKeys(String line, SetCommand expected) throws UapiException {
        SetCommand command = ofPeer(line);
        assertEquals(expected, command);
        if (command instanceof SetCommand.Endpoint(InetSocketAddress actual)
                && expected instanceof SetCommand.Endpoint(InetSocketAddress wanted)
                && wanted.getAddress()
                        instanceof Inet6Address v6) { // equals does not compare scopes
            assertEquals(v6.getScopeId(), ((Inet6Address) actual.getAddress()).getScopeId());
        }
    }

    @Test
    void aScopeWithoutMeaningIsDropped() throws UapiException {
        SetCommand.Endpoint endpoint = (SetCommand.Endpoint) ofPeer("endpoint=[2001:db8::1%lo]:1");
        assertEquals(0, ((Inet6Address) endpoint.address().getAddress()).getScopeId());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "private_key=",
                "private_key=a1",
                "private_key=a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1g1",
                "private_key=a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
                "listen_port=",
                "listen_port=-1",
                "listen_port=+1",
                "listen_port=65536",
                "listen_port=18446744073709551617",
                "listen_port=0x50",
                "listen_port= 1",
                "listen_port=1 ",
                "listen_port=1\r",
                "listen_port=1\0",
                "listen_port=\u0661",
                "fwmark=",
                "fwmark=-1",
                "fwmark=4294967296",
                "fwmark=off",
                "replace_peers=",
                "replace_peers=false",
                "replace_peers=TRUE",
                "replace_peers=true ",
                "public_key=",
                "public_key=zz",
                "=",
                "=1",
                "what=1",
                "\0=1",
                " listen_port=1",
                "Listen_port=1",
                "errno=0",
                // keys of a peer
                "preshared_key=0000000000000000000000000000000000000000000000000000000000000000",
                "allowed_ip=10.0.0.0/8",
                "endpoint=192.0.2.1:1",
                "remove=true",
                "update_only=true",
                "protocol_version=1",
                "persistent_keepalive_interval=1",
                "replace_allowed_ips=true"
            })
    void theDeviceSectionRefuses(String line) {
        assertEquals(-22, assertThrows(UapiException.class, () -> ofDevice(line)).errno());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "public_key=",
                "update_only=false",
                "update_only=",
                "remove=false",
                "remove=1",
                "preshared_key=",
                "preshared_key=00",
                "endpoint=",
                "endpoint=:1",
                "endpoint=192.0.2.1",
                "endpoint=192.0.2.1:",
                "endpoint=192.0.2.1:65536",
                "endpoint=192.0.2.1:-1",
                "endpoint=192.0.2.01:1",
                "endpoint=192.0.2:1",
                "endpoint=192.0.2.1/32:1",
                "endpoint=[192.0.2.1]:1",
                "endpoint=::1:1",
                "endpoint=[::1:1",
                "endpoint=::1]:1",
                "endpoint=[::1]",
                "endpoint=[]:1",
                "endpoint=[::1]1",
                "endpoint=[fe80::1%]:1",
                "endpoint=[fe80::1%nosuchinterface]:1",
                "endpoint=[fe80::1%99999999999]:1",
                "endpoint=localhost:1",
                "endpoint=example.com:1",
                "persistent_keepalive_interval=",
                "persistent_keepalive_interval=off",
                "persistent_keepalive_interval=65536",
                "replace_allowed_ips=false",
                "allowed_ip=",
                "allowed_ip=-",
                "allowed_ip=/",
                "allowed_ip=--10.0.0.0/8",
                "allowed_ip=+10.0.0.0/8",
                "allowed_ip=10.0.0.0",
                "allowed_ip=10.0.0.0/",
                "allowed_ip=10.0.0.0/33",
                "allowed_ip=10.0.0.0/-1",
                "allowed_ip=10.0.0.0/8/8",
                "allowed_ip=10.0.0.0/08",
                "allowed_ip=-10.0.0.0/00",
                "allowed_ip=fd00::/064",
                "allowed_ip=10.0.0.0/+8",
                "allowed_ip=10.0.0/8",
                "allowed_ip=::/129",
                "allowed_ip=fe80::1%lo/64",
                "protocol_version=",
                "protocol_version=2",
                "protocol_version=01",
                // keys of the device
                "private_key=0000000000000000000000000000000000000000000000000000000000000000",
                "listen_port=1",
                "fwmark=1",
                "replace_peers=true",
                "what=1"
            })
    void thePeerSectionRefuses(String line) {
        assertEquals(-22, assertThrows(UapiException.class, () -> ofPeer(line)).errno());
    }

    @ParameterizedTest
    @ValueSource(strings = {"listen_port", "\r", " ", "\0\0", "\u00ff"})
    void aLineWithoutAnEqualsSignIsAProtocolError(String line) {
        assertEquals(-71, assertThrows(UapiException.class, () -> ofDevice(line)).errno());
    }

    @Test
    void theFirstEqualsSignSeparatesKeyAndValue() {
        UapiException e = assertThrows(UapiException.class, () -> ofDevice("listen_port==1"));
        assertEquals("listen_port", e.key());
    }

    @Test
    void aLineMayBeLongButNotTooLong() {
        String zeros = "listen_port=" + "0".repeat(8192 - 13);
        assertEquals(new SetCommand.ListenPort(7), assertDoesParse(zeros + "7"));
        assertEquals(-22, assertThrows(UapiException.class, () -> ofDevice(zeros + "07")).errno());
    }

    private static SetCommand assertDoesParse(String line) {
        try {
            return ofDevice(line);
        } catch (UapiException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anErrorNamesLineAndKeyAndNeverTheValue() throws UapiException {
        SetParser parser = new SetParser();
        parser.parse("listen_port=1");
        parser.parse(PEER);
        UapiException e =
                assertThrows(UapiException.class, () -> parser.parse("preshared_key=5ec2e7"));
        assertEquals(4, e.line());
        assertEquals("preshared_key", e.key());
        assertTrue(e.getMessage().startsWith("line 4: preshared_key: "), e.getMessage());
        assertTrue(e.getMessage().endsWith(" (EINVAL)"), e.getMessage());
        assertFalse(e.getMessage().contains("5ec2e7"));
        assertNull(e.getCause());
    }

    @Test
    void anUnknownKeyIsNotRepeatedBecauseItMayBeASecret() {
        String secret = PrivateKey.fromHex(HEX).toBase64();
        UapiException e = assertThrows(UapiException.class, () -> ofDevice(secret));
        assertNull(e.key());
        assertFalse(e.getMessage().contains(secret.substring(0, 8)));
    }

    @Test
    void aBadPublicKeyDoesNotBeginASection() {
        SetParser parser = new SetParser();
        assertThrows(UapiException.class, () -> parser.parse("public_key=00"));
        assertThrows(UapiException.class, () -> parser.parse("remove=true"));
    }
}
