// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The grammar of configuration files, and the messages for wrong ones. */
class ConfigParserTest {
    private static final String A = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    private static final String B = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    private static final String PEER = "[Peer]\nPublicKey=" + B + "\n";

    @TempDir Path folder;

    private static ConfigParser.Parsed parse(String text) throws ConfigException {
        return ConfigParser.parse(
                "wg0.conf", ConfigText.lines("", text.getBytes(ISO_8859_1)), true);
    }

    private static DeviceConfig device(String text) throws ConfigException {
        return parse(text).device();
    }

    private static PeerConfig peer(String lines) throws ConfigException {
        return device(PEER + lines).peers().getFirst();
    }

    private static QuickConfig quick(String lines) throws ConfigException {
        return parse("[Interface]\n" + lines).quick();
    }

    private static String error(String text) {
        ConfigException e = assertThrows(ConfigException.class, () -> parse(text));
        for (String value : List.of(A, B, "gN65BkIK", "secret")) {
            assertFalse(e.getMessage().contains(value), e.getMessage());
        }
        return e.getMessage();
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("wg0.conf"), text);
    }

    @Test
    void readsEverythingThatWgReads() throws IOException {
        DeviceConfig device =
                device(
                        """
                        # a comment
                        [interface]
                        PRIVATEKEY = %s # mine
                        Listen Port=51820
                        FwMark = 0xFFFFFFFF

                        [PEER]
                        PublicKey = %s
                        PresharedKey = %s
                        Endpoint = [2001:db8::1]:51820
                        AllowedIPs = 10.1.2.3/8 , fd00::1
                        AllowedIPs = 0.0.0.0/00
                        PersistentKeepalive = 25
                        """
                                .formatted(A, B, A));
        assertEquals(A, device.privateKey().toBase64());
        assertEquals(OptionalInt.of(51820), device.listenPort());
        assertEquals(OptionalInt.of(0xffff_ffff), device.fwmark());
        PeerConfig peer = device.peers().getFirst();
        assertEquals(7, peer.line());
        assertEquals(B, peer.publicKey().toBase64());
        assertEquals(A, peer.presharedKey().toBase64());
        assertEquals(new HostPort("2001:db8::1", 51820), peer.endpoint());
        assertEquals(OptionalInt.of(25), peer.persistentKeepalive());
        assertEquals(
                List.of(
                        IpPrefix.parse("10.0.0.0/8"),
                        IpPrefix.parse("fd00::1/128"),
                        IpPrefix.parse("0.0.0.0/0")),
                peer.allowedIps().added());
        assertFalse(peer.allowedIps().incremental());
    }

    @Test
    void settingsThatAreNotNamedAreEmpty() throws IOException {
        DeviceConfig device = device(PEER);
        assertNull(device.privateKey());
        assertEquals(OptionalInt.empty(), device.listenPort());
        assertEquals(OptionalInt.empty(), device.fwmark());
        assertNull(device.peers().getFirst().allowedIps());
        assertNull(device.peers().getFirst().endpoint());
        assertEquals(List.of(), device("").peers());
    }

    @Test
    void theLaterOfTwoLinesCountsAndSectionsGoOn() throws IOException {
        DeviceConfig device =
                device("[Interface]\nFwMark=1\n" + PEER + "[Interface]\nListenPort=7\nFwMark=off");
        assertEquals(OptionalInt.of(0), device.fwmark());
        assertEquals(OptionalInt.of(7), device.listenPort());
    }

    @Test
    void aSignMakesAllowedIpsChanges() throws IOException {
        AllowedIps ranges = peer("AllowedIPs = +10.0.0.0/8, -fd00::/64").allowedIps();
        assertTrue(ranges.incremental());
        assertEquals(List.of(IpPrefix.parse("10.0.0.0/8")), ranges.added());
        assertTrue(ranges.changes().getLast().remove());
        assertFalse(peer("AllowedIPs = +10.0.0.0/8\nAllowedIPs = ::/0").allowedIps().incremental());
    }

    @ParameterizedTest
    @CsvSource({
        "example.com:1, example.com, 1",
        "192.0.2.1:0, 192.0.2.1, 0",
        "2001:db8::1:65535, 2001:db8::1, 65535",
        "[fe80::1%eth0]:9, fe80::1%eth0, 9",
        "a:domain, a, 53"
    })
    void endpointsHaveAHostAndAPort(String text, String host, int port) throws IOException {
        assertEquals(new HostPort(host, port), peer("Endpoint = " + text).endpoint());
    }

    @Test
    void readsEverythingThatWgQuickReads() throws IOException {
        QuickConfig quick =
                quick(
                        """
                        Address = 10.0.0.1/24, fd00::1/64
                        address = 10.0.0.9
                        DNS = 192.0.2.53,example.com 2001:db8::53
                        MTU = 1380
                        Table = 0x1F
                        PreUp = echo a # b; echo '<x>'
                        PostUp = one
                        PostUp = two
                        PostDown = drei %i ü
                        SaveConfig = True
                        """);
        assertEquals("[10.0.0.1/24, fd00::1/64, 10.0.0.9/32]", quick.addresses().toString());
        assertEquals(
                List.of(InetAddress.ofLiteral("192.0.2.53"), InetAddress.ofLiteral("2001:db8::53")),
                quick.dnsServers());
        assertEquals(List.of("example.com"), quick.dnsSearch());
        assertEquals(OptionalInt.of(1380), quick.mtu());
        assertEquals(new QuickConfig.Table.Number(31), quick.table());
        assertEquals(List.of("echo a # b; echo '<x>'"), quick.preUp());
        assertEquals(List.of("one", "two"), quick.postUp());
        assertTrue(quick.saveConfig());
    }

    @ParameterizedTest
    @CsvSource({
        "10.7.0.2/255.255.255.0, 10.7.0.2/24",
        "10.7.0.2/255.255.255.255, 10.7.0.2/32",
        "10.7.0.2/128.0.0.0, 10.7.0.2/1",
        "10.7.0.2/0.0.0.0, 10.7.0.2/0"
    })
    void anAddressMayHaveANetmask(String text, String address) throws IOException {
        assertEquals("[" + address + "]", quick("Address = " + text).addresses().toString());
    }

    @Test
    void searchDomainsMayBeForRoutingOnly() throws IOException {
        QuickConfig quick = quick("DNS = ~., ~corp.example, _x-y.example., 1und1.example");
        assertEquals(List.of(), quick.dnsServers());
        assertEquals(
                "[~., ~corp.example, _x-y.example., 1und1.example]", quick.dnsSearch().toString());
    }

    @Test
    void warnsOfAPeerThatHasTheInterfacesOwnKey() throws IOException {
        String text = "[Interface]\nPrivateKey = " + A + "\n" + PEER;
        assertEquals(Optional.empty(), device(text).warning("wg0.conf"));
        String own = device(text).privateKey().publicKey().toBase64();
        assertEquals(
                Optional.of(
                        "wg0.conf, line 3, [Peer] PublicKey: this is the interface's own key, so"
                                + " the peer is ignored: enter the other side's"),
                device(text.replace(B, own)).warning("wg0.conf"));
    }

    @Test
    void hooksAreUtf8() throws IOException {
        Path file = file("[Interface]\nPrivateKey=" + A + "\nPostDown = echo ü\n");
        assertEquals(List.of("echo ü"), ConfigFile.read(file.toString()).quick().postDown());
    }

    @Test
    void tablesHaveNumbersAndNames() throws IOException {
        assertEquals(new QuickConfig.Table.Auto(), quick("").table());
        assertEquals(new QuickConfig.Table.Auto(), quick("Table = auto").table());
        assertEquals(new QuickConfig.Table.Off(), quick("Table = off").table());
        assertEquals(new QuickConfig.Table.Number(254), quick("Table = main").table());
        assertEquals(new QuickConfig.Table.Number(-1), quick("Table = 4294967295").table());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Address = 10.0.0.1/33 | prefix length must be from 0 to 32",
                "Address = 10.1 | expected IPv4 or IPv6 addresses with /length",
                "Address = <address> | this is a placeholder, to be filled in",
                "DNS = 1.2.3 | expected IPv4 or IPv6 addresses and domains",
                "DNS = 1.1.1.256 | expected IPv4 or IPv6 addresses and domains",
                "DNS = 8.8.8.8;8.8.4.4 | expected IPv4 or IPv6 addresses and domains",
                "DNS = 10.10.6.254/32 | expected IPv4 or IPv6 addresses and domains; a name server"
                        + " has no /length: write 10.10.6.254",
                "DNS = 1.1.1.1:53 | expected IPv4 or IPv6 addresses and domains; a name server has"
                        + " neither port nor brackets: write 1.1.1.1",
                "DNS = [fd00::53]:853 | expected IPv4 or IPv6 addresses and domains; a name server"
                        + " has neither port nor brackets: write fd00::53",
                "DNS = [fd00::53] | expected IPv4 or IPv6 addresses and domains; a name server has"
                        + " neither port nor brackets: write fd00::53",
                "DNS = fe80::1%eth0 | expected IPv4 or IPv6 addresses and domains; a name server"
                        + " has no zone here",
                "DNS = example.org, fd00::53/64 | entry 2, 'fd00::53/64': expected IPv4 or IPv6"
                        + " addresses and domains; a name server has no /length: write fd00::53",
                "DNS = https://dns.example/ | expected IPv4 or IPv6 addresses and domains",
                "Address = 10.0.0.1/24, 10.0.1.1/33 | entry 2, '10.0.1.1/33': prefix length must"
                        + " be from 0 to 32",
                "Address = 10.0.0.1/255.0.255.0 | prefix length must be from 0 to 32",
                "Address = 10.0.0.1/0.0.0.255 | prefix length must be from 0 to 32",
                "Address = fd00::1/255.255.255.0 | prefix length must be from 0 to 128",
                "MTU = 20 | expected bytes from 68 to 65535",
                "MTU = many | expected bytes from 68 to 65535",
                "Table = 0 | expected off, auto, the number of a routing table or its name in"
                        + " /etc/iproute2/rt_tables",
                "SaveConfig = yes | expected true or false",
                "ListenPort = 65536 | expected a port from 0 to 65535",
                "FwMark = 0x100000000 | expected off or a number from 0 to 0xffffffff",
                "FwMark = -1 | expected off or a number from 0 to 0xffffffff",
                "FwMark = 0x-1 | expected off or a number from 0 to 0xffffffff",
                "PrivateKey = <node-A-private-key> | this is a placeholder, to be replaced by a"
                        + " key; make one with: wgj genkey",
                "PrivateKey = secret | a key in base64 has exactly 44 characters, the last of them"
                        + " '='",
                "PrivateKey = | has no value",
            })
    void saysWhatAnInterfaceLineShouldBe(String line, String expected) {
        String key = line.substring(0, line.indexOf(' '));
        assertEquals(
                "wg0.conf, line 3, [Interface] " + key + ": " + expected,
                error("\n[Interface]\n" + line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "AllowedIPs = 10.0.0.0/33 | prefix length must be from 0 to 32",
                "AllowedIPs = fd00::/129 | prefix length must be from 0 to 128",
                "AllowedIPs = 10.0.0.0/8, | expected IPv4 or IPv6 addresses with /length, parted by"
                        + " commas",
                "AllowedIPs = | has no value",
                "AllowedIPs = 10.0.0.0/8, 192.168.256.0 | entry 2, '192.168.256.0': expected IPv4"
                        + " or IPv6 addresses with /length, parted by commas",
                "AllowedIPs = ::/0, 10.0.0.0/255.255.0.0 | entry 2, '10.0.0.0/255.255.0.0': prefix"
                        + " length must be from 0 to 32; for this netmask write /16",
                "AllowedIPs = 10.0.0.0/8; 10.1.0.0/16 | ranges must be parted by commas, not by"
                        + " blanks or semicolons",
                "AllowedIPs = 10.0.0.0/8 10.1.0.0/16, ::/0 | entry 1, '10.0.0.0/8 10.1.0.0/16':"
                        + " ranges must be parted by commas, not by blanks or semicolons",
                "AllowedIPs = ::/0, gN65BkIKy1eCE9pP1wdc8ROU | entry 2: expected IPv4 or IPv6"
                        + " addresses with /length, parted by commas",
                "Endpoint = 192.0.2.1 | expected host:port or [IPv6 address]:port",
                "Endpoint = [::1]80 | expected host:port or [IPv6 address]:port",
                "Endpoint = :80 | expected host:port or [IPv6 address]:port",
                "Endpoint = a:65536 | expected a port from 0 to 65535",
                "Endpoint = <server>:51820 | this is a placeholder, to be filled in",
                "PersistentKeepalive = 65536 | expected off or seconds from 0 to 65535",
                "PresharedKey = YOUR_KEY | this is a placeholder, to be replaced by a key; make one"
                        + " with: wgj genpsk",
                "MTU = 1400 | belongs in the [Interface] section",
                "ListenPort = 1 | belongs in the [Interface] section",
            })
    void saysWhatAPeerLineShouldBe(String line, String expected) {
        String key = line.substring(0, line.indexOf(' '));
        assertEquals("wg0.conf, line 3, [Peer] " + key + ": " + expected, error(PEER + line));
    }

    @ParameterizedTest
    @ValueSource(strings = {"here", "Your", "xxxx"})
    void aKeyMayHaveTheLettersOfAPlaceholder(String word) throws IOException {
        String key = "AAAA" + word + "A".repeat(32) + "AEA="; // clamped
        DeviceConfig device =
                device(
                        """
                        [Interface]
                        PrivateKey = %1$s
                        [Peer]
                        PublicKey = %1$s
                        PresharedKey = %1$s
                        """
                                .formatted(key));
        assertEquals(key, device.privateKey().toBase64());
        assertEquals(key, device.peers().getFirst().publicKey().toBase64());
        assertEquals(key, device.peers().getFirst().presharedKey().toBase64());
    }

    @Test
    void suggestsTheKeyThatWasMeantAndRepeatsNoSecret() {
        assertEquals(
                "wg0.conf, line 2, [Interface]: there is no key PrivatKey; did you mean"
                        + " PrivateKey?",
                error("[Interface]\nPrivatKey = " + A));
        assertEquals(
                "wg0.conf, line 3, [Peer]: there is no key AllowedIP; did you mean AllowedIPs?",
                error(PEER + "AllowedIP = ::/0"));
        assertEquals(
                "wg0.conf, line 2, [Interface]: expected KEY = VALUE", error("[Interface]\n" + A));
        assertEquals(
                "wg0.conf, line 2, [Interface]: there is no key Colour",
                error("[Interface]\nColour = red"));
    }

    @Test
    void reportsWhatIsWrongWithSections() {
        assertEquals(
                "wg0.conf, line 1 PrivateKey: stands before any section: expected [Interface] or"
                        + " [Peer] first",
                error("PrivateKey = " + A));
        assertEquals(
                "wg0.conf, line 1: expected [Interface] or [Peer]", error("[Server]\nMTU=9000"));
        assertEquals(
                "wg0.conf, line 1, [Peer]: this peer has no PublicKey",
                error("[Peer]\nEndpoint=a:1\n" + PEER));
        assertEquals(
                "wg0.conf, line 4, [Peer] PublicKey: the peer of line 1 has the same one: each peer"
                        + " has one section",
                error(PEER + "\n" + PEER));
    }

    @Test
    void setconfKnowsNoKeysOfWgQuick() throws IOException {
        Path file = file("[Interface]\nAddress = 10.0.0.1/24\n");
        ConfigException e = assertThrows(ConfigException.class, () -> DeviceConfig.read(file));
        assertEquals(2, e.line());
        assertEquals("Interface", e.section());
        assertEquals("Address", e.key());
        assertTrue(e.getMessage().contains("wgj strip"), e.getMessage());
    }

    @Test
    void aFileForUpNeedsAPrivateKeyOrAHookThatSetsOne() throws IOException {
        String name = file("[Interface]\nListenPort = 1\n").toString();
        ConfigException e = assertThrows(ConfigException.class, () -> ConfigFile.read(name));
        assertEquals(
                name + ", [Interface] PrivateKey: is missing; make one with: wgj genkey",
                e.getMessage());
        file("[Interface]\nPostUp = wg set %i private-key <(pass wg0)\n");
        ConfigFile read = ConfigFile.read(name);
        assertEquals("wg0", read.interfaceName());
        assertEquals(folder.resolve("wg0.conf").toRealPath(), read.path());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nosuch", "/nosuch/wg0.conf", "/etc/passwd", "wg 0", "", "/"})
    void saysWhenAFileIsNone(String name) {
        assertThrows(ConfigException.class, () -> ConfigFile.read(name));
    }

    @ParameterizedTest
    @CsvSource({
        "'', \"'': expected the name of an interface or of its file\"",
        "., .: this is a folder: name a file in it (wgj run takes folders)",
        "/etc, /etc: this is a folder: name a file in it (wgj run takes folders)",
    })
    void saysWhatWasNamedInPlaceOfAFile(String name, String expected) {
        ConfigException e = assertThrows(ConfigException.class, () -> ConfigFile.read(name));
        assertEquals(expected.replace("\"", ""), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"all", "default", ".", "..", ""})
    void namesThatNoInterfaceCanHaveAreRefused(String name) throws IOException {
        Path file = Files.writeString(folder.resolve(name + ".conf"), "[Interface]");
        ConfigException e =
                assertThrows(ConfigException.class, () -> ConfigFile.read(file.toString()));
        assertTrue(e.getMessage().contains("name"), e.getMessage());
        assertEquals(0, e.line());
    }

    @Test
    void refusesFilesThatAreNotTextOrTooLong() throws IOException {
        Path nul = Files.write(folder.resolve("nul"), new byte[] {'[', 'P', 0});
        assertTrue(refusal(nul).contains("line 1: a NUL byte"), refusal(nul));
        Path huge = folder.resolve("huge");
        try (var file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength(1L << 33); // takes no room on the disk
        }
        assertTrue(refusal(huge).contains("not a configuration file"), refusal(huge));
        Path wide = Files.writeString(folder.resolve("wide"), "\n#" + "x".repeat(5 << 20));
        assertTrue(refusal(wide).contains("line 2: longer than"), refusal(wide));
    }

    private static String refusal(Path file) {
        return assertThrows(ConfigException.class, () -> DeviceConfig.read(file)).getMessage();
    }

    @Test
    void aHundredThousandRangesInOneLineAreRead() throws IOException {
        StringBuilder line = new StringBuilder("AllowedIPs = 10.0.0.0/32");
        for (int i = 1; i < 130_561; i++) {
            line.append(", 10.%d.%d.%d/32".formatted(i >> 16, i >> 8 & 255, i & 255));
        }
        Path file = file(PEER + line);
        assertEquals(
                130_561, DeviceConfig.read(file).peers().getFirst().allowedIps().changes().size());
    }
}
