// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.Credentials;
import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.protocol.IpText;
import org.wgj.tunnel.TunnelConfig;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads a file of wireproxy, with further sections and keys of ours, or a file of wg-quick.
 *
 * <p>A file of nothing but [Interface] and [Peer] may be either. It is wireproxy's if a value
 * refers to the environment, which no file of wg-quick can, or if it has wireproxy's own name. If
 * no peer of a file of wg-quick has AllowedIPs, a proxy gives each all addresses, as wireproxy
 * does: it would carry nothing otherwise.
 */
public final class ProxyFile {
    private static final String INTERFACE = "Interface";
    private static final String PEER = "Peer";
    private static final String RESOLVE = "Resolve";

    private static final List<String> SECTIONS =
            List.of(
                    INTERFACE,
                    PEER,
                    RESOLVE,
                    "TCP",
                    "Socks5",
                    "http",
                    "SNI",
                    "TCPClientTunnel",
                    "TCPServerTunnel",
                    "UDPProxyTunnel",
                    "UDPServerTunnel",
                    "STDIOTunnel",
                    "DNS");

    /** The name of wireproxy's default files. */
    private static final String WIREPROXY_FILE = "wireproxy.conf";

    private static final int MIN_MTU_IPV6 = 1280; // RFC 8200 section 5

    /** The keys of [Interface] and [Peer] that wireproxy looks up in the environment. */
    private static final List<String> REFERENCES =
            List.of("PrivateKey", "Address", "DNS", "CheckAlive", "PublicKey", "AllowedIPs");

    /** A flow that the file gives no time; RFC 4787 recommends 5 minutes. */
    private static final Duration DEFAULT_IDLE = Duration.ofMinutes(5);

    private final IniFile file;
    private final Map<String, String> environment;
    private final Path directory;
    private final List<String> warnings = new ArrayList<>();
    private final List<ProxySection> sections = new ArrayList<>();
    private ProxyConfig.Addresses addresses = ProxyConfig.Addresses.AUTO;
    private ProxyConfig.Outside outside = ProxyConfig.Outside.REFUSE;
    private TcpSettings tcp = TcpSettings.DEFAULT;

    private ProxyFile(IniFile file, Map<String, String> environment, Path directory) {
        this.file = file;
        this.environment = environment;
        this.directory = directory;
    }

    /**
     * Reads a file. Names are not resolved.
     *
     * @param path the file
     * @param environment the variables that values may refer to
     * @return its content; the caller wipes it
     * @throws ProxyFileException if a line is wrong
     * @throws IOException if a file cannot be read
     */
    public static ProxyConfig read(Path path, Map<String, String> environment) throws IOException {
        try (IniFile file = IniFile.read(path)) {
            if (isOfWgQuick(path, file)) {
                return ofWgQuick(
                        path, file.sections(PEER).stream().noneMatch(ProxyFile::hasRanges));
            }
            return new ProxyFile(file, environment, path.toAbsolutePath().getParent()).config();
        }
    }

    /**
     * Reads a file for {@code wgj run}, which also has the configuration sockets of interfaces: a
     * peer of a file of wg-quick may get its allowed IPs there, and has none before.
     *
     * @param path the file
     * @param environment the variables that values may refer to
     * @return its content; the caller wipes it
     * @throws IOException as {@link #read}
     */
    static ProxyConfig readToRun(Path path, Map<String, String> environment) throws IOException {
        try (IniFile file = IniFile.read(path)) {
            return isOfWgQuick(path, file)
                    ? ofWgQuick(path, false)
                    : new ProxyFile(file, environment, path.toAbsolutePath().getParent()).config();
        }
    }

    private static boolean hasRanges(IniFile.Section peer) {
        return peer.entries().stream().anyMatch(entry -> entry.is("AllowedIPs"));
    }

    /**
     * @param everything whether all peers have all addresses
     */
    private static ProxyConfig ofWgQuick(Path path, boolean everything) throws IOException {
        TunnelConfig tunnel = TunnelConfig.parse(path);
        List<String> warnings = new ArrayList<>();
        boolean complete = false;
        try {
            if (tunnel.dnsServers().isEmpty()) {
                warnings.add(path + ": " + SYSTEM_NAMES);
            }
            TunnelConfig changed = tunnel;
            if (everything && !tunnel.peers().isEmpty()) {
                warnings.add(path + ": " + NO_RANGES);
                changed = withPeers(tunnel, tunnel.peers().stream().map(ProxyFile::all).toList());
            }
            ProxyConfig config =
                    new ProxyConfig(
                            path.toString(),
                            forItsMtu(path.toString(), changed, warnings),
                            List.of(),
                            ProxyConfig.DEFAULT_CHECK,
                            ProxyConfig.Addresses.AUTO,
                            ProxyConfig.Outside.REFUSE,
                            TcpSettings.DEFAULT,
                            List.of(),
                            warnings);
            complete = true;
            return config;
        } finally {
            if (!complete) {
                tunnel.wipe();
            }
        }
    }

    private static TunnelConfig.Peer all(TunnelConfig.Peer peer) {
        return new TunnelConfig.Peer(
                peer.publicKey(),
                peer.presharedKey(),
                peer.endpoint(),
                peer.persistentKeepalive(),
                WireguardSections.EVERYTHING);
    }

    private static TunnelConfig withPeers(TunnelConfig tunnel, List<TunnelConfig.Peer> peers) {
        return new TunnelConfig(
                tunnel.privateKey(),
                tunnel.listenPort(),
                tunnel.fwmark(),
                tunnel.addresses(),
                tunnel.dnsServers(),
                tunnel.dnsSearch(),
                tunnel.mtu(),
                peers);
    }

    /**
     * Leaves the IPv6 addresses off if the MTU is too small for them, as Linux does with an
     * interface, and the name servers that only IPv6 reaches. wireproxy sends IPv6 packets that no
     * router need carry.
     */
    private static TunnelConfig forItsMtu(String source, TunnelConfig tunnel, List<String> warnings)
            throws ProxyFileException {
        int mtu = tunnel.mtu().orElse(MIN_MTU_IPV6);
        List<TunnelConfig.Address> ipv4 =
                tunnel.addresses().stream()
                        .filter(each -> each.address() instanceof Inet4Address)
                        .toList();
        boolean own = ipv4.size() < tunnel.addresses().size();
        List<InetAddress> out =
                tunnel.dnsServers().stream().filter(one -> !(one instanceof Inet4Address)).toList();
        if (mtu >= MIN_MTU_IPV6 || !own && out.isEmpty()) {
            return tunnel;
        }
        String problem = mtu + " bytes are less than the " + MIN_MTU_IPV6 + " that IPv6 needs";
        if (own && ipv4.isEmpty()) {
            throw new ProxyFileException(source, 0, INTERFACE, "MTU", problem);
        }
        List<InetAddress> servers = new ArrayList<>(tunnel.dnsServers());
        List<String> effects = new ArrayList<>();
        if (own) {
            effects.add("the IPv6 addresses are left off");
        }
        if (!out.isEmpty()) {
            servers.removeAll(out);
            String unknown = "";
            if (servers.isEmpty()) {
                servers = out; // without any, the system's would learn the names
                unknown = ", so that names are unknown";
            }
            effects.add(
                    "DNS = "
                            + out.stream().map(IpText::format).collect(Collectors.joining(", "))
                            + " cannot be asked"
                            + unknown);
        }
        warnings.add(
                new ProxyFileException(
                                source,
                                0,
                                INTERFACE,
                                "MTU",
                                problem + ": " + String.join("; ", effects))
                        .getMessage());
        return new TunnelConfig(
                tunnel.privateKey(),
                tunnel.listenPort(),
                tunnel.fwmark(),
                ipv4,
                servers,
                tunnel.dnsSearch(),
                tunnel.mtu(),
                tunnel.peers());
    }

    /**
     * Returns whether a file has a section or a key that only {@code wgj proxy} knows.
     *
     * @param path the file
     * @return false for a file of wg-quick
     * @throws IOException if it cannot be read or is no such file
     */
    public static boolean isOfProxy(Path path) throws IOException {
        try (IniFile file = IniFile.read(path)) {
            return !isOfWgQuick(path, file);
        }
    }

    /** Reads a text, for tests; WGConfig is not possible there. */
    static ProxyConfig parse(String source, byte[] text, Map<String, String> environment)
            throws IOException {
        try (IniFile file = IniFile.parse(source, text)) {
            return new ProxyFile(file, environment, Path.of("")).config();
        }
    }

    private static boolean isOfWgQuick(Path path, IniFile file) {
        return !String.valueOf(path.getFileName()).equals(WIREPROXY_FILE)
                && file.sections().stream()
                        .allMatch(
                                section ->
                                        section.is(INTERFACE)
                                                || section.is(PEER)
                                                || section.name().isEmpty()
                                                        && section.entries().isEmpty())
                && file.sections().stream()
                        .flatMap(section -> section.entries().stream())
                        .noneMatch(ProxyFile::isOfWireproxy);
    }

    private static boolean isOfWireproxy(IniFile.Entry entry) {
        return entry.is("CheckAlive")
                || !entry.value().isEmpty()
                        && entry.value().charAt(0) == '$'
                        && REFERENCES.stream().anyMatch(entry::is);
    }

    private ProxyConfig config() throws IOException {
        Path other = otherFile();
        if (other == null) {
            return config(file);
        }
        try (IniFile wireguard = IniFile.read(other)) {
            return config(wireguard);
        }
    }

    /** Returns the file with the tunnel if it is another one; a bare name is beside this file. */
    private Path otherFile() throws ProxyFileException {
        SectionReader root = reader(file, file.sections().getFirst());
        String named = root.literal("WGConfig");
        root.reportUnknown();
        if (named == null) {
            return null;
        }
        Path path = Path.of(named);
        return path.getNameCount() == 1 && !path.isAbsolute() && directory != null
                ? directory.resolve(path)
                : path.toAbsolutePath();
    }

    private ProxyConfig config(IniFile wireguard) throws ProxyFileException {
        for (IniFile.Section each : file.sections()) {
            read(each);
        }
        WireguardSections tunnel = new WireguardSections(wireguard, this::reader);
        TunnelConfig read = tunnel.read();
        boolean complete = false;
        try {
            if (sections.stream().anyMatch(ProxySection.Dns.class::isInstance)
                    && read.dnsServers().isEmpty()) {
                throw new ProxyFileException(
                        wireguard.source(), 0, INTERFACE, "DNS", "is needed by the section [DNS]");
            }
            if (read.dnsServers().isEmpty()) {
                warnings.add(wireguard.source() + ": " + SYSTEM_NAMES);
            }
            read = forItsMtu(wireguard.source(), read, warnings);
            complete = true;
        } finally {
            if (!complete) {
                read.wipe();
            }
        }
        return new ProxyConfig(
                file.source(),
                read,
                tunnel.checkAlive(),
                tunnel.checkAliveInterval(),
                addresses,
                outside,
                tcp,
                sections,
                warnings);
    }

    private SectionReader reader(IniFile of, IniFile.Section section) {
        return new SectionReader(of.source(), section, environment, warnings::add);
    }

    private void read(IniFile.Section section) throws ProxyFileException {
        SectionReader in = reader(file, section);
        switch (section.name().toLowerCase(Locale.ROOT)) {
            case "", "interface", "peer" -> {
                return; // read elsewhere
            }
            case "socks5" -> sections.add(socks5(in));
            case "http" -> sections.add(http(in));
            case "sni" -> sections.add(new ProxySection.Sni(open(in)));
            case "tcpclienttunnel" ->
                    sections.add(new ProxySection.TcpClient(open(in), in.target()));
            case "tcpservertunnel" ->
                    sections.add(new ProxySection.TcpServer(listenPort(in), in.target()));
            case "udpproxytunnel" ->
                    sections.add(new ProxySection.UdpClient(open(in), in.target(), idle(in)));
            case "udpservertunnel" ->
                    sections.add(new ProxySection.UdpServer(listenPort(in), in.target(), idle(in)));
            case "stdiotunnel" -> {
                if (sections.stream().anyMatch(ProxySection.Stdio.class::isInstance)) {
                    throw in.problem(null, "there is standard input for one such section only");
                }
                sections.add(new ProxySection.Stdio(in.target()));
            }
            case "tcp" -> tcp = TcpSettings.read(in);
            case "dns" -> sections.add(new ProxySection.Dns(open(in)));
            case "resolve" -> {
                ProxyConfig.Addresses named = in.value("ResolveStrategy", ProxyFile::strategy);
                addresses = named == null ? ProxyConfig.Addresses.AUTO : named;
                ProxyConfig.Outside rule = in.value("Outside", ProxyFile::rule);
                outside = rule == null ? ProxyConfig.Outside.REFUSE : rule;
            }
            default -> {
                warnings.add(
                        in.problem(
                                        null,
                                        "there is no such section; it is ignored. There are "
                                                + String.join(", ", SECTIONS))
                                .getMessage());
                return;
            }
        }
        in.reportUnknown();
    }

    static final String SYSTEM_NAMES =
            "there is no DNS in [Interface]: all names are asked for at the system's resolver,"
                    + " outside of the tunnel";

    static final String NO_RANGES =
            "no peer has AllowedIPs: each has all addresses, as in wireproxy";

    private static ProxyConfig.Addresses strategy(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "auto" -> ProxyConfig.Addresses.AUTO;
            case "ipv4" -> ProxyConfig.Addresses.IPV4;
            case "ipv6" -> ProxyConfig.Addresses.IPV6;
            default -> throw new IllegalArgumentException("expected ipv4, ipv6 or auto");
        };
    }

    private static ProxyConfig.Outside rule(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "refuse" -> ProxyConfig.Outside.REFUSE;
            case "direct" -> ProxyConfig.Outside.DIRECT;
            default -> throw new IllegalArgumentException("expected refuse or direct");
        };
    }

    private HostAndPort bind(SectionReader in) throws ProxyFileException {
        return in.required("BindAddress", ProxyFile::bindAddress);
    }

    /** The address of a listener that knows no passwords. */
    private HostAndPort open(SectionReader in) throws ProxyFileException {
        HostAndPort bind = bind(in);
        if (!Bindings.isLoopback(bind.host())) {
            in.warn(in.line("BindAddress"), "BindAddress", Bindings.OPEN_TO_ALL);
        }
        return bind;
    }

    /** As Go reads it, {@code :1080} means every address of this machine. */
    public static HostAndPort bindAddress(String text) {
        return HostAndPort.parse(text.startsWith(":") ? "[::]" + text : text);
    }

    private static int listenPort(SectionReader in) throws ProxyFileException {
        Integer port = in.number("ListenPort", 0, 65_535, "port should be >= 0 and < 65536");
        if (port == null) {
            throw in.problem("ListenPort", "should not be empty");
        }
        return port;
    }

    private static Duration idle(SectionReader in) throws ProxyFileException {
        Integer seconds =
                in.number(
                        "InactivityTimeout",
                        0,
                        999_999_999,
                        "expected seconds, or 0 to keep flows for ever");
        if (seconds == null) {
            return DEFAULT_IDLE;
        }
        return seconds == 0 ? null : Duration.ofSeconds(seconds);
    }

    private ProxySection socks5(SectionReader in) throws ProxyFileException {
        HostAndPort bind = bind(in);
        String username = in.text("Username");
        String password = in.text("Password");
        if (username == null && password != null) {
            in.warn(
                    in.line("Password"),
                    "Password",
                    "has no effect without a Username: every client is served");
        }
        Credentials credentials =
                username == null
                        ? null
                        : new Credentials(username, password == null ? "" : password);
        allow(in, bind, credentials != null);
        return new ProxySection.Socks5(bind, credentials);
    }

    private ProxySection http(SectionReader in) throws ProxyFileException {
        HostAndPort bind = bind(in);
        String username = in.text("Username");
        String password = in.text("Password");
        Credentials credentials =
                username == null && password == null
                        ? null
                        : new Credentials(
                                username == null ? "" : username, password == null ? "" : password);
        Path certificates = in.value("CertFile", ProxyFile::path);
        Path key = in.value("KeyFile", ProxyFile::path);
        if (certificates == null != (key == null)) {
            throw in.problem(
                    certificates == null ? "KeyFile" : "CertFile",
                    "TLS needs both CertFile and KeyFile");
        }
        allow(in, bind, credentials != null);
        return new ProxySection.Http(bind, credentials, certificates, key, true);
    }

    /** A process in the background has another working directory. */
    private static Path path(String text) {
        return Path.of(text).toAbsolutePath();
    }

    /** Warns of what would give everybody in the network the tunnel. */
    private void allow(SectionReader in, HostAndPort bind, boolean hasPassword) {
        if (!hasPassword && !Bindings.isLoopback(bind.host())) {
            in.warn(in.line("BindAddress"), "BindAddress", Bindings.OPEN);
        }
    }
}
