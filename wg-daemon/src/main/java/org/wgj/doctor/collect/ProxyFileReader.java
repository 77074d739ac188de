// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.proxy.ProxyConfig;
import org.wgj.proxy.ProxyFile;
import org.wgj.tun.linux.Cidr;
import org.wgj.tunnel.TunnelConfig;
import org.wgj.tunnel.config.AllowedIps;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.DeviceConfig;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.PeerConfig;
import org.wgj.tunnel.config.QuickConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads a file of {@code wgj proxy} and shows its tunnel as that of an interface's file. */
final class ProxyFileReader {
    private ProxyFileReader() {}

    /** Returns whether the file has a section or key that only {@code wgj proxy} knows. */
    static boolean isOfProxy(Path path) {
        try {
            return Files.isRegularFile(path) && ProxyFile.isOfProxy(path);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Reads the file; the caller wipes its keys.
     *
     * @throws IOException if it cannot be read or a line is wrong
     */
    static ConfigFile read(Path path) throws IOException {
        ProxyConfig proxy = ProxyFile.read(path, System.getenv());
        TunnelConfig tunnel = proxy.tunnel();
        return new ConfigFile(
                path.toRealPath(),
                path.getFileName().toString(),
                new DeviceConfig(
                        tunnel.privateKey(),
                        tunnel.listenPort(),
                        tunnel.fwmark(),
                        tunnel.peers().stream().map(ProxyFileReader::peer).toList()),
                new QuickConfig(
                        tunnel.addresses().stream()
                                .map(each -> new Cidr(each.address(), each.prefixLength()))
                                .toList(),
                        tunnel.dnsServers(),
                        tunnel.dnsSearch(),
                        tunnel.mtu(),
                        new QuickConfig.Table.Off(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        false));
    }

    private static PeerConfig peer(TunnelConfig.Peer peer) {
        return new PeerConfig(
                0,
                peer.publicKey(),
                peer.presharedKey(),
                peer.endpoint() == null
                        ? null
                        : new HostPort(peer.endpoint().host(), peer.endpoint().port()),
                peer.persistentKeepalive(),
                new AllowedIps(
                        false,
                        peer.allowedIps().stream()
                                .map(range -> new AllowedIps.Change(range, false))
                                .toList()));
    }
}
