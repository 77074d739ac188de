// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.crypto.PrivateKey;
import org.wgj.netstack.proxy.Credentials;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.protocol.IpPrefix;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Tests the files of wireproxy: what they mean, and what a wrong one is told. */
class ProxyFileTest {
    private static final PrivateKey KEY = PrivateKey.generate();
    private static final PrivateKey PEER = PrivateKey.generate();

    private static final String TUNNEL =
            """
            [Interface]
            Address = 10.0.0.2/24, fd00::2
            PrivateKey = %s
            DNS = 10.0.0.1
            [Peer]
            PublicKey = %s
            Endpoint = vpn.example.com:51820
            """
                    .formatted(base64(KEY), PEER.publicKey().toBase64());

    private static String base64(PrivateKey key) {
        return key.toBase64();
    }

    private static ProxyConfig parse(String text) throws IOException {
        return parse(text, Map.of());
    }

    private static ProxyConfig parse(String text, Map<String, String> environment)
            throws IOException {
        return ProxyFile.parse("p.conf", text.getBytes(StandardCharsets.UTF_8), environment);
    }

    private static HostAndPort at(String text) {
        return HostAndPort.parse(text);
    }

    @Test
    void theTunnelIsRead() throws IOException {
        ProxyConfig config = parse(TUNNEL);
        assertEquals(KEY.publicKey(), config.tunnel().privateKey().publicKey());
        assertEquals("[10.0.0.2/32, fd00::2/128]", config.tunnel().addresses().toString());
        assertEquals(OptionalInt.of(1420), config.tunnel().mtu());
        var peer = config.tunnel().peers().getFirst();
        assertEquals(PEER.publicKey(), peer.publicKey());
        assertEquals("vpn.example.com:51820", peer.endpoint().toString());
        assertEquals(
                List.of(IpPrefix.parse("0.0.0.0/0"), IpPrefix.parse("::/0")), peer.allowedIps());
        assertEquals(List.of(), config.warnings());
        assertEquals(ProxyConfig.Outside.REFUSE, config.outside());
        assertEquals(TcpSettings.DEFAULT, config.tcp());
        assertEquals(TcpSettings.DEFAULT, parse(TUNNEL + "[tcp]\n").tcp());
    }

    @Test
    void everySectionIsRead() throws IOException {
        ProxyConfig config =
                parse(
                        TUNNEL
                                + """
                                [Socks5]
                                BindAddress = 127.0.0.1:1080
                                [socks5]
                                bindaddress: 127.0.0.1:1081 ; another one
                                USERNAME = `me # you`
                                Password = p#w

                                [http]
                                BindAddress = [::1]:8080
                                Password = x
                                CertFile = /c.pem
                                KeyFile = /k.pem
                                [SNI]
                                BindAddress = 127.0.0.1:443
                                [TCPClientTunnel]
                                BindAddress = 127.0.0.1:25565
                                Target = play.example.com:25565
                                [TCPServerTunnel]
                                ListenPort = 3422
                                Target = localhost:25545
                                [UDPProxyTunnel]
                                BindAddress = 127.0.0.1:53
                                Target = 10.0.0.1:53
                                InactivityTimeout = 60
                                [UDPProxyTunnel]
                                BindAddress = 127.0.0.1:54
                                Target = 10.0.0.1:53
                                InactivityTimeout = 0
                                [UDPServerTunnel]
                                ListenPort = 9
                                Target = 127.0.0.1:9
                                [STDIOTunnel]
                                Target = ssh.example.com:22
                                [DNS]
                                BindAddress = 127.0.0.1:5353
                                [Resolve]
                                ResolveStrategy = ipv4
                                Outside = direct
                                [TCP]
                                CongestionControl = cubic-tolerant
                                MaxBuffer = 512K
                                Memory = 256M
                                UserTimeout = 90
                                """);
        assertEquals(
                List.of(
                        new ProxySection.Socks5(at("127.0.0.1:1080"), null),
                        new ProxySection.Socks5(
                                at("127.0.0.1:1081"), new Credentials("me # you", "p#w")),
                        new ProxySection.Http(
                                at("[::1]:8080"),
                                new Credentials("", "x"),
                                Path.of("/c.pem"),
                                Path.of("/k.pem"),
                                true),
                        new ProxySection.Sni(at("127.0.0.1:443")),
                        new ProxySection.TcpClient(
                                at("127.0.0.1:25565"), at("play.example.com:25565")),
                        new ProxySection.TcpServer(3422, at("localhost:25545")),
                        new ProxySection.UdpClient(
                                at("127.0.0.1:53"), at("10.0.0.1:53"), Duration.ofSeconds(60)),
                        new ProxySection.UdpClient(at("127.0.0.1:54"), at("10.0.0.1:53"), null),
                        new ProxySection.UdpServer(9, at("127.0.0.1:9"), Duration.ofMinutes(5)),
                        new ProxySection.Stdio(at("ssh.example.com:22")),
                        new ProxySection.Dns(at("127.0.0.1:5353"))),
                config.sections());
        assertEquals(ProxyConfig.Addresses.IPV4, config.addresses());
        assertEquals(ProxyConfig.Outside.DIRECT, config.outside());
        assertEquals(
                new TcpSettings("cubic-tolerant", 524_288, 268_435_456, Duration.ofSeconds(90)),
                config.tcp());
        assertEquals(List.of(), config.warnings());
    }

    @Test
    void theEnvironmentIsReadWhereWireproxyReadsIt() throws IOException {
        String text =
                TUNNEL.replace(base64(KEY), "$KEY")
                        + "[Socks5]\nBindAddress = $BIND\nUsername = $$USER\nPassword = $PW\n";
        ProxyConfig config =
                parse(
                        text,
                        Map.of(
                                "KEY", base64(KEY),
                                "BIND", "127.0.0.1:1",
                                "PW", "$not $again"));
        assertEquals(KEY.publicKey(), config.tunnel().privateKey().publicKey());
        assertEquals(
                List.of(
                        new ProxySection.Socks5(
                                at("127.0.0.1:1"), new Credentials("$USER", "$not $again"))),
                config.sections());
        IOException e = assertThrows(IOException.class, () -> parse(text));
        assertEquals(
                "p.conf, line 9, [Socks5] BindAddress: references unset environment variable"
                        + " $BIND",
                e.getMessage());
        // Endpoint, PresharedKey and numbers are never taken from there.
        e =
                assertThrows(
                        IOException.class,
                        () -> parse(TUNNEL + "PersistentKeepalive = $N\n", Map.of("N", "5")));
        assertTrue(e.getMessage().contains("PersistentKeepalive: expected off or seconds"));
    }

    @Test
    void listsAddUpAndOfOtherKeysTheFirstCounts() throws IOException {
        ProxyConfig config =
                parse(
                        TUNNEL
                                + "AllowedIPs = 10.0.0.1/24\nAllowedIPs = 10.1.0.0/16, fd00::1\n"
                                + "PersistentKeepalive = 5\nPersistentKeepalive = 6\n");
        var peer = config.tunnel().peers().getFirst();
        assertEquals("[10.0.0.0/24, 10.1.0.0/16, fd00::1/128]", peer.allowedIps().toString());
        assertEquals(OptionalInt.of(5), peer.persistentKeepalive());
        assertEquals(
                List.of(
                        "p.conf, line 11, [Peer] PersistentKeepalive: is here once more; the first"
                                + " one counts"),
                config.warnings());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "NULL",
            value = {
                "Address = 10.0.0.2/24, fd00::2|Address = 10.0.0.2/33|"
                        + "line 2, [Interface] Address: prefix length must be from 0 to 32",
                "Address = 10.0.0.2/24, fd00::2|Address = x|"
                        + "line 2, [Interface] Address: expected an IPv4 or IPv6 address",
                "Address = 10.0.0.2/24, fd00::2|Adress = 10.0.0.2|"
                        + "line 1, [Interface] Address: should not be empty",
                "DNS = 10.0.0.1|DNS = 10.0.0.1:53|"
                        + "line 4, [Interface] DNS: expected IPv4 or IPv6 addresses",
                "DNS = 10.0.0.1|MTU = 0x500|"
                        + "line 4, [Interface] MTU: expected bytes from 576 to 65535",
                "DNS = 10.0.0.1|ListenPort = 65536|"
                        + "line 4, [Interface] ListenPort: expected a port from 0 to 65535",
                "DNS = 10.0.0.1|CheckAliveInterval = 3|"
                        + "line 4, [Interface] CheckAliveInterval: is only valid when CheckAlive is"
                        + " set",
                "[Peer]|[Peers]|at least one [Peer] is expected",
                "[Peer]|[Interface]|line 5: one and only one [Interface] is expected",
                "Endpoint = vpn|Endpoint = |NULL",
                "Endpoint = vpn.example.com:51820|Endpoint = vpn.example.com|"
                        + "line 7, [Peer] Endpoint: expected host:port or [IPv6 address]:port",
                "Endpoint = vpn.example.com:51820|PublicKeys|"
                        + "line 7, [Peer]: expected KEY = VALUE",
                "[Peer]|[Peer|line 5, [Interface]: expected ] after the name of a section",
            })
    void aWrongTunnelIsReportedWithItsPlace(String line, String wrong, String message)
            throws IOException {
        String text = TUNNEL.replace(line, wrong);
        if (message == null) {
            assertNull(
                    parse(text.replace(".example.com:51820", ""))
                            .tunnel()
                            .peers()
                            .getFirst()
                            .endpoint());
            return;
        }
        IOException e = assertThrows(IOException.class, () -> parse(text));
        assertEquals(
                (message.startsWith("line") ? "p.conf, " : "p.conf: ") + message, e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[Socks5]|line 8, [Socks5] BindAddress: should not be empty",
                "[Socks5];BindAddress = 127.0.0.1|"
                        + "line 9, [Socks5] BindAddress: expected host:port or [IPv6 address]:port",
                "[TCPServerTunnel];ListenPort = 65536;Target = a:1|"
                        + "line 9, [TCPServerTunnel] ListenPort: port should be >= 0 and < 65536",
                "[TCPClientTunnel];BindAddress = 127.0.0.1:1;Target = a:0|"
                        + "line 10, [TCPClientTunnel] Target: expected a port from 1 to 65535 after"
                        + " the host",
                "[http];BindAddress = 127.0.0.1:1;KeyFile = x|"
                        + "line 10, [http] KeyFile: TLS needs both CertFile and KeyFile",
                "[UDPProxyTunnel];BindAddress = 127.0.0.1:1;Target = a:1;InactivityTimeout = -1|"
                        + "line 11, [UDPProxyTunnel] InactivityTimeout: expected seconds, or 0 to"
                        + " keep flows for ever",
                "[Resolve];ResolveStrategy = both|"
                        + "line 9, [Resolve] ResolveStrategy: expected ipv4, ipv6 or auto",
                "[TCP];CongestionControl = bbr|"
                        + "line 9, [TCP] CongestionControl: congestion control 'bbr' is unknown: it"
                        + " must be cubic, newreno or cubic-tolerant",
                "[TCP];MaxBuffer = 65M|"
                        + "line 9, [TCP] MaxBuffer: buffer maximum 68157440 is not from 65536 to"
                        + " 67108864",
                "[TCP];MaxBuffer = 999999999999M|"
                        + "line 9, [TCP] MaxBuffer: buffer maximum 2147483647 is not from 65536 to"
                        + " 67108864",
                "[TCP];Memory = 16 MB|line 9, [TCP] Memory: expected bytes, or a number with K or"
                        + " M",
                "[TCP];Memory = 1000K|line 9, [TCP] Memory: memory for TCP: 1024000 bytes are less"
                        + " than 1048576",
                "[TCP];UserTimeout = 0|line 9, [TCP] UserTimeout: expected seconds from 1 to 86400",
                "[STDIOTunnel];Target = a:1;[STDIOTunnel];Target = b:1|"
                        + "line 10, [STDIOTunnel]: there is standard input for one such section"
                        + " only",
            })
    void aWrongSectionIsReportedWithItsPlace(String lines, String message) {
        String text = TUNNEL + lines.replace(';', '\n') + "\n";
        IOException e = assertThrows(IOException.class, () -> parse(text));
        assertEquals("p.conf, " + message, e.getMessage());
    }

    /** In whatever place a key stands by mistake, no message has it. */
    @Test
    void noMessageRepeatsAKey() {
        String key = base64(PrivateKey.generate());
        for (String text :
                List.of(
                        TUNNEL.replace(base64(KEY), key + "x"),
                        TUNNEL.replace("PrivateKey = " + base64(KEY), key),
                        TUNNEL.replace("PrivateKey = ", "PrivateKey "),
                        TUNNEL.replace("Address = 10.0.0.2/24", "Address = " + key),
                        TUNNEL.replace("DNS = 10.0.0.1", "DNS = " + key),
                        TUNNEL.replace("DNS = 10.0.0.1", "MTU = " + key),
                        TUNNEL.replace("vpn.example.com:51820", key),
                        TUNNEL + "PresharedKey = " + key.substring(1),
                        TUNNEL + "AllowedIPs = " + key,
                        TUNNEL + "[" + key + "]",
                        TUNNEL.replace(base64(KEY), "$" + key.substring(0, 43).replace('/', '_')),
                        TUNNEL + "[Socks5]\nBindAddress = " + key)) {
            IOException e = assertThrows(IOException.class, () -> parse(text), text);
            for (int i = 0; i + 12 <= key.length(); i += 4) {
                assertFalse(e.getMessage().contains(key.substring(i, i + 12)), e.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[Socks5]",
                "[http]",
                "[SNI]",
                "[DNS]",
                "[TCPClientTunnel]\nTarget = 10.0.0.1:1",
                "[UDPProxyTunnel]\nTarget = 10.0.0.1:1"
            })
    void aListenerThatOtherHostsReachIsAWarning(String section) throws IOException {
        String bind = "\nBindAddress = ";
        assertEquals(List.of(), parse(TUNNEL + section + bind + "127.0.0.1:1\n").warnings());
        for (String open : List.of(":1", "0.0.0.0:1", "192.168.1.1:1")) {
            List<String> warnings = parse(TUNNEL + section + bind + open + "\n").warnings();
            assertEquals(1, warnings.size(), warnings::toString);
            assertTrue(warnings.getFirst().contains("EVERY HOST"), warnings::toString);
        }
    }

    @Test
    void anEmptyVariableDoesNotOpenAProxyThatHasAUser() {
        for (String key : List.of("Username", "Password")) {
            String text = TUNNEL + "[Socks5]\nBindAddress = 127.0.0.1:1\n" + key + " = $EMPTY\n";
            IOException e =
                    assertThrows(
                            IOException.class,
                            () ->
                                    ProxyFile.parse(
                                            "p.conf",
                                            text.getBytes(StandardCharsets.UTF_8),
                                            Map.of("EMPTY", "")));
            assertTrue(e.getMessage().contains("an empty environment variable"), e.getMessage());
        }
    }

    @Test
    void aSecretThatBeginsWithADollarSignIsNotShown() {
        String password =
                TUNNEL + "[http]\nBindAddress = 127.0.0.1:1\nUsername = x\nPassword = $ecret\n";
        String key = TUNNEL.replaceFirst("PrivateKey = .*", "PrivateKey = \\$ecret");
        for (String text : List.of(password, key)) {
            IOException e = assertThrows(IOException.class, () -> parse(text));
            assertTrue(e.getMessage().contains("unset environment variable"), e.getMessage());
            assertFalse(e.getMessage().contains("ecret"), e.getMessage());
        }
    }

    @Test
    void mistakesThatWireproxyIgnoresAreWarnings() throws IOException {
        ProxyConfig config =
                parse(
                        TUNNEL.replace("DNS = 10.0.0.1", "PostUp = iptables -A x \\\nTabel = off")
                                + "[Socks5]\nBindAddress = 0.0.0.0:1080\nUsernam = x\n"
                                + "[Sox]\nA = b\n[Resolve]\n");
        List<String> warnings = config.warnings();
        assertEquals(6, warnings.size(), warnings::toString);
        assertTrue(warnings.contains("p.conf: " + ProxyFile.SYSTEM_NAMES), warnings::toString);
        String all = String.join("\n", warnings);
        assertTrue(all.contains("[Interface] PostUp: is not run here"), all);
        assertTrue(all.contains("there is no key Tabel; did you mean Table?"), all);
        assertTrue(all.contains("there is no key Usernam; did you mean Username?"), all);
        assertTrue(all.contains("[Sox]: there is no such section"), all);
        assertTrue(all.contains("[Socks5] BindAddress: EVERY HOST"), all);
        assertEquals(ProxyConfig.Addresses.AUTO, config.addresses());
    }

    @Test
    void checkAliveIsRead() throws IOException {
        ProxyConfig config =
                parse(
                        TUNNEL.replace(
                                "DNS = 10.0.0.1",
                                "CheckAlive = 10.0.0.1, fd00::1\nCheckAliveInterval = 3"));
        assertEquals(
                List.of(InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("fd00::1")),
                config.checkAlive());
        assertEquals(Duration.ofSeconds(3), config.checkAliveInterval());
        assertThrows(
                IOException.class,
                () ->
                        parse(
                                TUNNEL.replace("DNS = 10.0.0.1", "")
                                        + "[DNS]\nBindAddress = 127.0.0.1:53\n"));
    }

    @Test
    void theTunnelMayBeInAnotherFile(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("wg0.conf"), TUNNEL);
        Path file = folder.resolve("proxy.conf");
        Files.writeString(file, "WGConfig = wg0.conf\n[Socks5]\nBindAddress = 127.0.0.1:1080\n");
        ProxyConfig config = ProxyFile.read(file, Map.of());
        assertEquals(1, config.tunnel().peers().size());
        assertEquals(1, config.sections().size());

        Files.writeString(file, "WGConfig = other.conf\n");
        IOException e = assertThrows(IOException.class, () -> ProxyFile.read(file, Map.of()));
        assertEquals(folder.resolve("other.conf") + ": there is no such file", e.getMessage());
    }

    /** It has neither WGConfig nor a section of wireproxy, so wg-quick's rules hold. */
    @Test
    void aFileOfWgQuickIsReadByItsOwnRules(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("wg0.conf");
        Files.writeString(
                file,
                TUNNEL.replace("DNS = 10.0.0.1", "DNS = 10.0.0.1, corp.example#x\nPostUp = a \\")
                        + "AllowedIPs = 10.0.0.0/24#comment\nPersistentKeepalive = off\n");
        ProxyConfig config = ProxyFile.read(file, Map.of());
        assertEquals(List.of("corp.example"), config.tunnel().dnsSearch());
        assertEquals(
                List.of(IpPrefix.parse("10.0.0.0/24")),
                config.tunnel().peers().getFirst().allowedIps());
        assertEquals(List.of(), config.sections());
    }

    private static ProxyConfig read(Path folder, String name, String text, String... environment)
            throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        return ProxyFile.read(
                file, environment.length == 0 ? Map.of() : Map.of(environment[0], environment[1]));
    }

    private static final List<IpPrefix> EVERYTHING =
            List.of(IpPrefix.parse("0.0.0.0/0"), IpPrefix.parse("::/0"));

    /** A value that refers to the environment is possible in wireproxy's files only. */
    @Test
    void aFileOfInterfaceAndPeerAloneMayReferToTheEnvironment(@TempDir Path folder)
            throws IOException {
        ProxyConfig key =
                read(folder, "a.conf", TUNNEL.replace(base64(KEY), "$KEY"), "KEY", base64(KEY));
        assertEquals(KEY.publicKey(), key.tunnel().privateKey().publicKey());
        assertEquals(EVERYTHING, key.tunnel().peers().getFirst().allowedIps());

        ProxyConfig ranges =
                read(
                        folder,
                        "b.conf",
                        TUNNEL + "AllowedIPs = $NETS\n",
                        "NETS",
                        "10.0.0.0/8, fd00::/8");
        assertEquals(
                List.of(IpPrefix.parse("10.0.0.0/8"), IpPrefix.parse("fd00::/8")),
                ranges.tunnel().peers().getFirst().allowedIps());

        IOException unset =
                assertThrows(
                        IOException.class,
                        () -> read(folder, "c.conf", TUNNEL.replace(base64(KEY), "$KEY")));
        assertTrue(
                unset.getMessage().endsWith("references unset environment variable"),
                unset.getMessage());
    }

    @Test
    void withoutAnyAllowedIpsAProxysPeerHasAllAddresses(@TempDir Path folder) throws IOException {
        ProxyConfig config = read(folder, "wg0.conf", TUNNEL);
        assertEquals(EVERYTHING, config.tunnel().peers().getFirst().allowedIps());
        assertEquals(
                List.of(
                        folder.resolve("wg0.conf")
                                + ": no peer has AllowedIPs: each has all addresses, as in"
                                + " wireproxy"),
                config.warnings());

        // A key that is spelled wrong must not open everything.
        IOException typo =
                assertThrows(
                        IOException.class,
                        () -> read(folder, "wg0.conf", TUNNEL + "AllowedIP = 10.0.0.0/8\n"));
        assertTrue(typo.getMessage().contains("AllowedIP"), typo.getMessage());

        // Peers of wg-quick that have none by intention.
        String second =
                "[Peer]\nPublicKey = "
                        + PrivateKey.generate().publicKey().toBase64()
                        + "\nAllowedIPs = 10.0.0.0/8\n";
        ProxyConfig mixed = read(folder, "wg0.conf", TUNNEL + second);
        assertEquals(List.of(), mixed.tunnel().peers().getFirst().allowedIps());
        assertThrows(IOException.class, () -> read(folder, "wg0.conf", TUNNEL + "AllowedIPs =\n"));
    }

    /** Its peers may get allowed IPs through the configuration socket. */
    @Test
    void runKeepsPeersWithoutAllowedIps(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("wg0.conf");
        Files.writeString(file, TUNNEL);
        assertEquals(
                List.of(),
                ProxyFile.readToRun(file, Map.of()).tunnel().peers().getFirst().allowedIps());
    }

    @Test
    void aFileWithTheNameOfWireproxysIsWireproxys(@TempDir Path folder) throws IOException {
        String text = TUNNEL.replace("DNS = 10.0.0.1", "dns : 10.0.0.1 ; the server");
        ProxyConfig config = read(folder, "wireproxy.conf", text);
        assertEquals(EVERYTHING, config.tunnel().peers().getFirst().allowedIps());
        assertEquals(List.of(), config.warnings());
        assertThrows(IOException.class, () -> read(folder, "wg0.conf", text));
    }

    @Test
    void aSmallMtuLeavesIpv6Off(@TempDir Path folder) throws IOException {
        String small = TUNNEL.replace("DNS = 10.0.0.1", "DNS = 10.0.0.1\nMTU = 1200");
        for (String text :
                List.of(
                        small + "AllowedIPs = 0.0.0.0/0\n",
                        small + "[Socks5]\nBindAddress = 127.0.0.1:1080\n")) {
            ProxyConfig config = read(folder, "wg0.conf", text);
            assertEquals(
                    List.of(InetAddress.ofLiteral("10.0.0.2")),
                    config.tunnel().addresses().stream().map(each -> each.address()).toList());
            assertEquals(OptionalInt.of(1200), config.tunnel().mtu());
            assertEquals(
                    List.of(
                            folder.resolve("wg0.conf")
                                    + ", [Interface] MTU: 1200 bytes are less than the 1280 that"
                                    + " IPv6 needs: the IPv6 addresses are left off"),
                    config.warnings());
        }
        ProxyConfig servers =
                parse(
                        small.replace("DNS = ", "DNS = fd00::1, ")
                                + "[DNS]\nBindAddress = 127.0.0.1:53\n");
        assertEquals(List.of(InetAddress.ofLiteral("10.0.0.1")), servers.tunnel().dnsServers());
        assertTrue(
                servers.warnings()
                        .getFirst()
                        .endsWith(" addresses are left off; DNS = fd00::1 cannot be asked"),
                servers.warnings()::toString);
        ProxyConfig unreachable = parse(small.replace("10.0.0.1", "fd00::1"));
        assertEquals(
                List.of(InetAddress.ofLiteral("fd00::1")),
                unreachable.tunnel().dnsServers(),
                "the system's servers must not get the names");
        assertTrue(
                unreachable
                        .warnings()
                        .getFirst()
                        .endsWith("; DNS = fd00::1 cannot be asked, so that names are unknown"),
                unreachable.warnings()::toString);
        ProxyConfig onlyServer =
                parse(
                        small.replace("DNS = ", "DNS = fd00::1, ")
                                .replace("10.0.0.2/24, fd00::2", "10.0.0.2/24"));
        assertEquals(List.of(InetAddress.ofLiteral("10.0.0.1")), onlyServer.tunnel().dnsServers());
        assertTrue(
                onlyServer
                        .warnings()
                        .getFirst()
                        .endsWith("that IPv6 needs: DNS = fd00::1 cannot be asked"),
                onlyServer.warnings()::toString);

        IOException alone =
                assertThrows(
                        IOException.class,
                        () -> parse(small.replace("10.0.0.2/24, fd00::2", "fd00::2")));
        assertEquals(
                "p.conf, [Interface] MTU: 1200 bytes are less than the 1280 that IPv6 needs",
                alone.getMessage());
        assertEquals(
                2, parse(small.replace("1200", "1280")).tunnel().addresses().size(), "as RFC 8200");
    }
}
