// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;
import org.wgj.tunnel.config.AllowedIps;
import org.wgj.tunnel.config.ConfigException;
import org.wgj.tunnel.config.ConfigParser;
import org.wgj.tunnel.config.DeviceConfig;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.PeerConfig;
import org.wgj.tunnel.config.QuickConfig;

import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * The content of a configuration file of wg-quick: what {@link Tunnel.Builder#config} starts a
 * tunnel from, and what the program does itself with the interface (addresses, name servers, MTU).
 * A key that is missing in the file is null or empty here.
 *
 * <p>The other keys of wg-quick (Table, SaveConfig and the hooks) are checked and left out: a
 * library runs no commands.
 *
 * @param privateKey the tunnel's private key; null if there is none; {@link #wipe} overwrites it
 * @param listenPort the UDP port, 0 to 65535
 * @param fwmark the mark of outgoing datagrams, 32 bits, unsigned; 0 for none
 * @param addresses the interface's own addresses
 * @param dnsServers the name servers, in the order of the file
 * @param dnsSearch the search domains, in the order of the file
 * @param mtu the interface's MTU in bytes
 * @param peers the peers, in the order of the file
 */
public record TunnelConfig(
        PrivateKey privateKey,
        OptionalInt listenPort,
        OptionalInt fwmark,
        List<Address> addresses,
        List<InetAddress> dnsServers,
        List<String> dnsSearch,
        OptionalInt mtu,
        List<Peer> peers) {

    /**
     * An address of the interface with the length of its network's prefix.
     *
     * @param address the address, its host bits included
     * @param prefixLength 0 to 32, or 0 to 128 for IPv6
     */
    public record Address(InetAddress address, int prefixLength) {
        /** Refuses null. */
        public Address {
            Objects.requireNonNull(address, "address");
        }

        @Override
        public String toString() {
            return IpText.format(address) + "/" + prefixLength;
        }
    }

    /**
     * The address of a peer: a host and a port.
     *
     * @param host a host name or a numeric address without brackets
     * @param port a UDP port, 0 to 65535
     */
    public record Endpoint(String host, int port) {
        /** Refuses null. */
        public Endpoint {
            Objects.requireNonNull(host, "host");
        }

        HostPort hostPort() {
            return new HostPort(host, port);
        }

        @Override
        public String toString() {
            return hostPort().toString();
        }
    }

    /**
     * A peer.
     *
     * @param publicKey its public key
     * @param presharedKey its preshared key; null if there is none; {@link TunnelConfig#wipe}
     *     overwrites it
     * @param endpoint where it is; null if unknown
     * @param persistentKeepalive in seconds, 0 for off
     * @param allowedIps the ranges that are routed to it
     */
    public record Peer(
            PublicKey publicKey,
            PresharedKey presharedKey,
            Endpoint endpoint,
            OptionalInt persistentKeepalive,
            List<IpPrefix> allowedIps) {
        /** Copies the list, and refuses null except for the preshared key and the endpoint. */
        public Peer {
            Objects.requireNonNull(publicKey, "publicKey");
            Objects.requireNonNull(persistentKeepalive, "persistentKeepalive");
            allowedIps = List.copyOf(allowedIps);
        }
    }

    /** Copies the lists, and refuses null except for the private key. */
    public TunnelConfig {
        Objects.requireNonNull(listenPort, "listenPort");
        Objects.requireNonNull(fwmark, "fwmark");
        Objects.requireNonNull(mtu, "mtu");
        addresses = List.copyOf(addresses);
        dnsServers = List.copyOf(dnsServers);
        dnsSearch = List.copyOf(dnsSearch);
        peers = List.copyOf(peers);
    }

    /**
     * Reads a configuration file of wg-quick. Names are not resolved.
     *
     * @param file its path
     * @return its content; the caller wipes it
     * @throws TunnelConfigException if there is no such file or a line of it is wrong
     * @throws IOException if the file cannot be read
     */
    public static TunnelConfig parse(Path file) throws IOException {
        try {
            return of(ConfigParser.parseFile(file, true));
        } catch (ConfigException e) {
            throw new TunnelConfigException(e);
        }
    }

    /**
     * Reads a text in the format of wg-quick. Names are not resolved. A String cannot be wiped; a
     * program that cares keeps its keys in files.
     *
     * @param source how exceptions call the text
     * @param text the lines
     * @return its content; the caller wipes it
     * @throws TunnelConfigException if a line is wrong
     */
    public static TunnelConfig parse(String source, String text) throws TunnelConfigException {
        Objects.requireNonNull(source, "source");
        try {
            return of(ConfigParser.parseText(source, text, true));
        } catch (ConfigException e) {
            throw new TunnelConfigException(e);
        }
    }

    /**
     * Reads the text that a reader delivers until its end, as {@link #parse(String, String)}.
     *
     * @param source how exceptions call the text
     * @param text the lines; the caller closes it
     * @return its content; the caller wipes it
     * @throws TunnelConfigException if a line is wrong
     * @throws IOException if the reader fails
     */
    public static TunnelConfig parse(String source, Reader text) throws IOException {
        return parse(Objects.requireNonNull(source, "source"), text.readAllAsString());
    }

    private static TunnelConfig of(ConfigParser.Parsed parsed) {
        DeviceConfig device = parsed.device();
        QuickConfig quick = parsed.quick();
        return new TunnelConfig(
                device.privateKey(),
                device.listenPort(),
                device.fwmark(),
                quick.addresses().stream()
                        .map(cidr -> new Address(cidr.address(), cidr.length()))
                        .toList(),
                quick.dnsServers(),
                quick.dnsSearch(),
                quick.mtu(),
                device.peers().stream().map(TunnelConfig::peer).toList());
    }

    private static Peer peer(PeerConfig peer) {
        AllowedIps ranges = peer.allowedIps() == null ? AllowedIps.NONE : peer.allowedIps();
        HostPort endpoint = peer.endpoint();
        return new Peer(
                peer.publicKey(),
                peer.presharedKey(),
                endpoint == null ? null : new Endpoint(endpoint.host(), endpoint.port()),
                peer.persistentKeepalive(),
                ranges.added());
    }

    /** Overwrites the private key and the preshared keys. A tunnel that was started has copies. */
    public void wipe() {
        if (privateKey != null) {
            privateKey.wipe();
        }
        for (Peer peer : peers) {
            if (peer.presharedKey() != null) {
                peer.presharedKey().wipe();
            }
        }
    }
}
