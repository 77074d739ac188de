// SPDX-License-Identifier: Apache-2.0
package org.wgj.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.config.ConfigBytes;
import org.wgj.tunnel.config.DeviceConfig;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.udp.UdpCounters;
import org.wgj.uapi.SetCommand;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Tests the commands of setconf, addconf and syncconf. */
class SetRequestsTest {
    private static final String A = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    private static final String B = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    private static final String C = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";
    private static final InetSocketAddress RESOLVED =
            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 51820);
    private static final EndpointResolver RESOLVER = endpoint -> RESOLVED;

    private static DeviceConfig config(String text) throws IOException {
        return ConfigBytes.parse(text.getBytes(ISO_8859_1), false).device();
    }

    private static PublicKey key(String text) {
        return PublicKey.fromBase64(text);
    }

    private record Present(PeerStatus status, PresharedKey key) {}

    private static StatusWithKeys status(int port, int mark, Present... peers) {
        PrivateKey key = PrivateKey.fromBase64(A);
        List<PeerStatus> statuses = Arrays.stream(peers).map(Present::status).toList();
        return new StatusWithKeys(
                new TunnelStatus(
                        "wg0",
                        key.publicKey(),
                        port,
                        mark,
                        statuses,
                        Map.of(),
                        UdpCounters.ZERO,
                        TunnelCounters.ZERO),
                key,
                Arrays.stream(peers)
                        .collect(
                                Collectors.toMap(peer -> peer.status().publicKey(), Present::key)));
    }

    private static Present present(String peer, PresharedKey key, int keepalive, String... ips) {
        List<IpPrefix> ranges = Arrays.stream(ips).map(IpPrefix::parse).toList();
        return new Present(
                new PeerStatus(key(peer), Endpoint.of(RESOLVED), null, 0, 0, keepalive, ranges),
                key);
    }

    @Test
    void setconfResetsSettingsThatTheFileDoesNotName() throws IOException {
        assertEquals(
                List.of(
                        new SetCommand.PrivateKey(null),
                        new SetCommand.ListenPort(0),
                        new SetCommand.Fwmark(0),
                        new SetCommand.ReplacePeers(),
                        new SetCommand.SelectPeer(key(B)),
                        new SetCommand.Endpoint(RESOLVED),
                        new SetCommand.ReplaceAllowedIps(),
                        new SetCommand.AddAllowedIp(IpPrefix.parse("::/0"))),
                SetRequests.setconf(
                        config("[Peer]\nPublicKey=" + B + "\nEndpoint=a:1\nAllowedIPs=::/0"),
                        RESOLVER));
    }

    @Test
    void addconfChangesOnlySettingsThatTheFileNames() throws IOException {
        assertEquals(
                List.of(
                        new SetCommand.Fwmark(5),
                        new SetCommand.SelectPeer(key(B)),
                        new SetCommand.ReplaceAllowedIps()),
                SetRequests.addconf(
                        config("[Interface]\nFwMark=5\n[Peer]\nPublicKey=" + B), RESOLVER));
    }

    @Test
    void syncconfHasNoCommandsIfNothingChanges() throws IOException {
        DeviceConfig config =
                config(
                        """
                        [Interface]
                        PrivateKey = %s
                        ListenPort = 7
                        FwMark = 9
                        [Peer]
                        PublicKey = %s
                        PresharedKey = %s
                        Endpoint = a:1
                        PersistentKeepalive = 25
                        AllowedIPs = fd00::/64, 10.0.0.0/8
                        """
                                .formatted(A, B, C));
        Present same = present(B, PresharedKey.fromBase64(C), 25, "10.0.0.0/8", "fd00::/64");
        assertEquals(List.of(), SetRequests.syncconf(config, status(7, 9, same), RESOLVER));
    }

    @Test
    void syncconfRemovesAddsAndTurnsOff() throws IOException {
        DeviceConfig config =
                config(
                        "[Interface]\nPrivateKey=%s\n[Peer]\nPublicKey=%s\nAllowedIPs=10.0.0.0/9\n[Peer]\nPublicKey=%s"
                                .formatted(A, B, A));
        StatusWithKeys current =
                status(
                        51820,
                        9,
                        present(B, PresharedKey.fromBase64(C), 25, "10.0.0.0/8"),
                        present(C, PresharedKey.NONE, 0));
        assertEquals(
                List.of(
                        new SetCommand.Fwmark(0), // the port stays
                        new SetCommand.SelectPeer(key(C)),
                        new SetCommand.Remove(),
                        new SetCommand.SelectPeer(key(B)),
                        new SetCommand.Preshared(PresharedKey.NONE),
                        new SetCommand.PersistentKeepalive(0),
                        new SetCommand.ReplaceAllowedIps(),
                        new SetCommand.AddAllowedIp(IpPrefix.parse("10.0.0.0/9")),
                        new SetCommand.SelectPeer(key(A)),
                        new SetCommand.ReplaceAllowedIps()),
                SetRequests.syncconf(config, current, RESOLVER));
    }

    @Test
    void syncconfGivesARangeBackThatItHadMoved() throws IOException {
        DeviceConfig config =
                config(
                        "[Interface]\nPrivateKey=%s\n[Peer]\nPublicKey=%s\nAllowedIPs=10.0.0.0/8\n[Peer]\nPublicKey=%s\nAllowedIPs=10.0.0.0/8"
                                .formatted(A, B, C));
        StatusWithKeys current =
                status(
                        0,
                        0,
                        present(B, PresharedKey.NONE, 0),
                        present(C, PresharedKey.NONE, 0, "10.0.0.0/8"));
        List<SetCommand> commands = SetRequests.syncconf(config, current, RESOLVER);
        assertEquals(new SetCommand.AddAllowedIp(IpPrefix.parse("10.0.0.0/8")), commands.getLast());
        assertEquals(new SetCommand.SelectPeer(key(C)), commands.get(commands.size() - 3));
    }

    @Test
    void aFileWithAnUnresolvableEndpointHasNoCommands() throws IOException {
        DeviceConfig config = config("[Peer]\nPublicKey=" + B + "\nEndpoint=a:1");
        EndpointResolver failing =
                endpoint -> {
                    throw new IOException("no such name");
                };
        assertThrows(IOException.class, () -> SetRequests.setconf(config, failing));
        assertThrows(IOException.class, () -> SetRequests.addconf(config, failing));
        assertThrows(IOException.class, () -> SetRequests.syncconf(config, status(0, 0), failing));
    }
}
