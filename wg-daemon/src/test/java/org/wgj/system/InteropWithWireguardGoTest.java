// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;
import org.wgj.system.Tunnel.Carrier;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The other end is wireguard-go: a fresh one for each family outside, because one that has sent
 * over IPv4 goes on to send IPv6 datagrams to mutilated addresses (its pull request 135).
 */
class InteropWithWireguardGoTest extends Interoperability {
    /** Much more than the first window of either side. */
    private static final String BYTES = "4000000";

    private Tunnel overIpv4;

    @Override
    Tunnel tunnel(Lab lab, Carrier carrier) {
        Tunnel tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WIREGUARD_GO);
        if (carrier == Carrier.IPV4) {
            overIpv4 = tunnel;
        }
        return tunnel;
    }

    /**
     * Our TCP in wgj proxy, and the kernel's behind the TUN of wireguard-go. On the left a second
     * pair of connections of the kernel is in front of ours.
     */
    @Test
    void ourTcpAndTheKernelsExchangeBytesThroughWireguardGo() throws Exception {
        Host left = (Host) overIpv4.left().machine();
        Host right = (Host) overIpv4.right().machine();
        KeyPair keys = KeyPair.generate();
        overIpv4.right()
                .configure(
                        Tunnel.RIGHT_PORT,
                        "[Peer]\nPublicKey = %s\nAllowedIPs = 10.9.0.1/32, fd09::1/128\n"
                                .formatted(keys.publicKey()));
        String file =
                left.file(
                        "proxy.conf",
                        """
                        [Interface]
                        Address = 10.9.0.1, fd09::1
                        PrivateKey = %s
                        DNS = 10.9.0.2
                        [Peer]
                        PublicKey = %s
                        Endpoint = %s
                        AllowedIPs = 10.9.0.2/32, fd09::2/128
                        [TCPClientTunnel]
                        BindAddress = 127.0.0.1:7004
                        Target = 10.9.0.2:7000
                        [TCPClientTunnel]
                        BindAddress = 127.0.0.1:7006
                        Target = [fd09::2]:7000
                        [TCPClientTunnel]
                        BindAddress = 127.0.0.1:7053
                        Target = server.office:7000
                        [TCPServerTunnel]
                        ListenPort = 7100
                        Target = 127.0.0.1:7000
                        """
                                .formatted(
                                        keys.privateKey(),
                                        overIpv4.right().keys().publicKey(),
                                        overIpv4.rightEndpoint(Carrier.IPV4)));
        List<Process> servers = new ArrayList<>();
        try {
            servers.add(right.startJava(KernelTcp.class, "serve", "7000"));
            servers.add(left.startJava(KernelTcp.class, "serve", "7000"));
            servers.add(right.startJava(NameServer.class, "10.9.0.2", "10.9.0.2"));
            for (Process server : servers) {
                assertEquals("ready", server.inputReader().readLine());
            }
            left.sh("'%s' proxy -d %s", Repository.folder().resolve("bin/wgj"), file);
            String[] ours = {
                "exchange", BYTES, "127.0.0.1", "7004", "127.0.0.1", "7006", "127.0.0.1", "7053"
            };
            assertEquals(
                    List.of("the same", "the same", "the same"),
                    output(left.startJava(KernelTcp.class, ours)));
            String[] kernels = {"exchange", BYTES, "10.9.0.1", "7100", "fd09::1", "7100"};
            assertEquals(
                    List.of("the same", "the same"),
                    output(right.startJava(KernelTcp.class, kernels)));
        } finally {
            servers.forEach(server -> server.descendants().forEach(ProcessHandle::destroy));
            left.run("pkill -TERM -f 'prox[y] -d'");
        }
    }

    private static List<String> output(Process process) throws IOException {
        try (BufferedReader lines = process.inputReader()) {
            return lines.readAllLines();
        }
    }
}
