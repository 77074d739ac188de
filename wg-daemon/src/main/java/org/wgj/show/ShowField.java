package org.wgj.show;

import org.wgj.TunnelStatus;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.uapi.EndpointText;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@code wg show INTERFACE FIELD} prints for scripts: lines of columns parted by tabs, peers
 * in the interface's order. Keys are not hidden.
 */
public enum ShowField {
    PUBLIC_KEY("public-key", of(ShowField::publicKey)),
    PRIVATE_KEY("private-key", of(ShowField::privateKey)),
    LISTEN_PORT("listen-port", of(status -> Integer.toString(status.listenPort()))),
    FWMARK("fwmark", of(ShowField::fwmark)),
    PEERS("peers", ofPeers(peer -> "")),
    PRESHARED_KEYS("preshared-keys", ofPeers(peer -> "\t" + presharedKey(peer))),
    ENDPOINTS("endpoints", ofPeers(peer -> "\t" + endpoint(peer))),
    ALLOWED_IPS("allowed-ips", ofPeers(peer -> "\t" + allowedIps(peer, " "))),
    LATEST_HANDSHAKES("latest-handshakes", ofPeers(peer -> "\t" + handshake(peer))),
    TRANSFER("transfer", ofPeers(peer -> "\t" + transfer(peer))),
    PERSISTENT_KEEPALIVE("persistent-keepalive", ofPeers(peer -> "\t" + keepalive(peer))),
    DUMP("dump", status -> Stream.concat(Stream.of(dump(status)), dumpOfPeers(status)));

    private static final String NONE = "(none)";

    private final String text;
    private final Function<TunnelStatus, Stream<String>> lines;

    ShowField(String text, Function<TunnelStatus, Stream<String>> lines) {
        this.text = text;
        this.lines = lines;
    }

    /**
     * @throws IllegalArgumentException when no field is called so
     */
    public static ShowField parse(String name) {
        for (ShowField field : values()) {
            if (field.text.equals(name)) {
                return field;
            }
        }
        String all = Stream.of(values()).map(Object::toString).collect(Collectors.joining(", "));
        throw new IllegalArgumentException("there is no field " + name + ", but " + all);
    }

    /** As the command line says it. */
    @Override
    public String toString() {
        return text;
    }

    /**
     * @param withName whether the interface's name is the first column
     * @return lines, each ended
     */
    public String of(TunnelStatus status, boolean withName) {
        String prefix = withName ? status.name() + "\t" : "";
        return lines.apply(status).map(line -> prefix + line + "\n").collect(Collectors.joining());
    }

    private static Function<TunnelStatus, Stream<String>> of(Function<TunnelStatus, String> line) {
        return status -> Stream.of(line.apply(status));
    }

    private static Function<TunnelStatus, Stream<String>> ofPeers(
            Function<PeerStatus, String> columns) {
        return status ->
                status.peers().stream()
                        .map(peer -> peer.publicKey().toBase64() + columns.apply(peer));
    }

    private static String dump(TunnelStatus status) {
        return String.join(
                "\t",
                privateKey(status),
                publicKey(status),
                Integer.toString(status.listenPort()),
                fwmark(status));
    }

    private static Stream<String> dumpOfPeers(TunnelStatus status) {
        return status.peers().stream()
                .map(
                        peer ->
                                String.join(
                                        "\t",
                                        peer.publicKey().toBase64(),
                                        presharedKey(peer),
                                        endpoint(peer),
                                        allowedIps(peer, ","),
                                        handshake(peer),
                                        transfer(peer),
                                        keepalive(peer)));
    }

    private static String publicKey(TunnelStatus status) {
        return status.privateKey() == null ? NONE : status.privateKey().publicKey().toBase64();
    }

    private static String privateKey(TunnelStatus status) {
        return status.privateKey() == null ? NONE : status.privateKey().toBase64();
    }

    private static String fwmark(TunnelStatus status) {
        return status.fwmark() == 0 ? "off" : "0x" + Integer.toHexString(status.fwmark());
    }

    private static String presharedKey(PeerStatus peer) {
        return peer.presharedKey().isNone() ? NONE : peer.presharedKey().toBase64();
    }

    private static String endpoint(PeerStatus peer) {
        return peer.endpoint() == null ? NONE : EndpointText.format(peer.endpoint());
    }

    private static String allowedIps(PeerStatus peer, String separator) {
        List<IpPrefix> ranges = peer.allowedIps();
        return ranges.isEmpty()
                ? NONE
                : ranges.stream().map(IpPrefix::toString).collect(Collectors.joining(separator));
    }

    private static String handshake(PeerStatus peer) {
        return Long.toString(
                peer.lastHandshake() == null ? 0 : peer.lastHandshake().getEpochSecond());
    }

    private static String transfer(PeerStatus peer) {
        return Long.toUnsignedString(peer.receivedBytes())
                + "\t"
                + Long.toUnsignedString(peer.sentBytes());
    }

    private static String keepalive(PeerStatus peer) {
        int seconds = peer.persistentKeepaliveSeconds();
        return seconds == 0 ? "off" : Integer.toString(seconds);
    }
}
