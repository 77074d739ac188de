// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.uapi.EndpointText;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A field of {@code wg show INTERFACE FIELD}, for scripts: lines of columns separated by tabs, with
 * the peers in the interface's order. Keys are not hidden.
 */
public enum ShowField {
    PUBLIC_KEY("public-key", of(ShowField::publicKey)),
    PRIVATE_KEY("private-key", of(ShowField::privateKey)),
    LISTEN_PORT("listen-port", of(all -> Integer.toString(all.status().listenPort()))),
    FWMARK("fwmark", of(ShowField::fwmark)),
    PEERS("peers", ofPeers(peer -> "")),
    PRESHARED_KEYS("preshared-keys", all -> eachPeer(all, peer -> "\t" + presharedKey(all, peer))),
    ENDPOINTS("endpoints", ofPeers(peer -> "\t" + endpoint(peer))),
    ALLOWED_IPS("allowed-ips", ofPeers(peer -> "\t" + allowedIps(peer, " "))),
    LATEST_HANDSHAKES("latest-handshakes", ofPeers(peer -> "\t" + handshake(peer))),
    TRANSFER("transfer", ofPeers(peer -> "\t" + transfer(peer))),
    PERSISTENT_KEEPALIVE("persistent-keepalive", ofPeers(peer -> "\t" + keepalive(peer))),
    DUMP("dump", all -> Stream.concat(Stream.of(dump(all)), dumpOfPeers(all)));

    private static final String NONE = "(none)";

    private final String text;
    private final Function<StatusWithKeys, Stream<String>> lines;

    ShowField(String text, Function<StatusWithKeys, Stream<String>> lines) {
        this.text = text;
        this.lines = lines;
    }

    /**
     * @throws IllegalArgumentException if there is no such field
     */
    public static ShowField parse(String name) {
        for (ShowField field : values()) {
            if (field.text.equals(name)) {
                return field;
            }
        }
        String all = Stream.of(values()).map(Object::toString).collect(Collectors.joining(", "));
        throw new IllegalArgumentException("there is no field " + name + "; the fields are " + all);
    }

    /** Returns the name on the command line. */
    @Override
    public String toString() {
        return text;
    }

    /**
     * @param withName whether the interface's name is the first column @return lines, each with its
     *     line feed
     */
    public String of(StatusWithKeys all, boolean withName) {
        String prefix = withName ? all.status().name() + "\t" : "";
        return lines.apply(all).map(line -> prefix + line + "\n").collect(Collectors.joining());
    }

    private static Function<StatusWithKeys, Stream<String>> of(
            Function<StatusWithKeys, String> line) {
        return all -> Stream.of(line.apply(all));
    }

    private static Function<StatusWithKeys, Stream<String>> ofPeers(
            Function<PeerStatus, String> columns) {
        return all -> eachPeer(all, columns);
    }

    private static Stream<String> eachPeer(
            StatusWithKeys all, Function<PeerStatus, String> columns) {
        return all.status().peers().stream()
                .map(peer -> peer.publicKey().toBase64() + columns.apply(peer));
    }

    private static String dump(StatusWithKeys all) {
        return String.join(
                "\t",
                privateKey(all),
                publicKey(all),
                Integer.toString(all.status().listenPort()),
                fwmark(all));
    }

    private static Stream<String> dumpOfPeers(StatusWithKeys all) {
        return all.status().peers().stream()
                .map(
                        peer ->
                                String.join(
                                        "\t",
                                        peer.publicKey().toBase64(),
                                        presharedKey(all, peer),
                                        endpoint(peer),
                                        allowedIps(peer, ","),
                                        handshake(peer),
                                        transfer(peer),
                                        keepalive(peer)));
    }

    private static String publicKey(StatusWithKeys all) {
        PublicKey key = all.status().publicKey();
        return key == null ? NONE : key.toBase64();
    }

    private static String privateKey(StatusWithKeys all) {
        return all.privateKey() == null ? NONE : all.privateKey().toBase64();
    }

    private static String fwmark(StatusWithKeys all) {
        int mark = all.status().fwmark();
        return mark == 0 ? "off" : "0x" + Integer.toHexString(mark);
    }

    private static String presharedKey(StatusWithKeys all, PeerStatus peer) {
        PresharedKey key = all.presharedKey(peer.publicKey());
        return key.isNone() ? NONE : key.toBase64();
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
