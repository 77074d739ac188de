// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.protocol.device.Device;
import org.wgj.request.SetRequests;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.RtNetlink;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.config.QuickConfig;
import org.wgj.uapi.SetCommand;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** Brings an interface up in the order of {@code wg-quick}. Journals each step before it. */
final class Up {
    private static final long PREDECESSOR_NS = 5_000_000_000L;

    private final ConfigFile file;
    private final RtNetlink net;
    private final Journal journal;
    private final Output output;

    Up(ConfigFile file, RtNetlink net, Journal journal, Output output) {
        this.file = file;
        this.net = net;
        this.journal = journal;
        this.output = output;
    }

    void run(DeviceStarter starter, EndpointResolver resolver) throws IOException {
        String name = file.interfaceName();
        QuickConfig quick = file.quick();
        Hooks hooks = new Hooks(name, output);
        warnIfWorldAccessible(file.path());
        file.device().warning(file.path().toString()).ifPresent(output::warn);
        journal.append(new Step.From(file.path(), quick));
        journal.append(new Step.Hooks(false));
        hooks.run(quick.preUp());

        // Everything that can fail early is done before the interface exists.
        List<SetCommand> commands;
        try {
            commands = SetRequests.setconf(file.device(), resolver);
        } catch (IOException e) {
            throw new IOException(file.path() + ", " + e.getMessage(), e);
        }
        refuseIfTaken(file);
        boolean ipv6 = new Ipv6(name, net, output).isPossible();
        KernelLimits.check(file, ipv6);
        awaitEndOfPredecessor(name);
        if (Undo.find(net, name) != null) { // another program has created it and keeps it
            throw Quick.exists(name, "");
        }
        StartPermit permit = StartPermit.create(journal.path());
        journal.append(permit.step());
        journal.append(new Step.Link());
        output.step(starter.command(name));
        starter.start(name, permit);
        journal.append(new Step.LinkMade(net.link(name).index()));
        UapiClient device = UapiClient.of(name);
        output.step("wg setconf " + name + " <(wgj strip " + file.path() + ")");
        configure(device, commands, file);

        addAddresses(net, journal, name, quick.addresses(), output);
        int mtu =
                quick.mtu().isPresent()
                        ? quick.mtu().getAsInt()
                        : Math.max(
                                MtuChoice.choose(
                                        DeviceView.of(device).endpoints(), MtuChoice.of(net)),
                                KernelLimits.leastMtu(file, ipv6));
        if (mtu > Device.MAX_MTU) {
            output.warn(
                    "%s, [Interface] MTU: a datagram carries packets of %d bytes at most; longer packets are refused"
                            .formatted(file.path(), Device.MAX_MTU));
        }
        output.step("ip link set mtu " + mtu + " up dev " + name);
        net.setMtu(name, mtu);
        net.setUp(name, true);
        new NameServers(name, output).set(journal, quick);
        new Routes(name, net, journal, output).apply(device, quick.table(), false);

        journal.append(new Step.Hooks(true));
        hooks.run(quick.postUp());
        journal.append(new Step.Complete());
    }

    /** Warns if other users can access the file and its folder, since it holds keys. */
    private void warnIfWorldAccessible(Path path) throws IOException {
        if (isForOthers(path) && isForOthers(path.toAbsolutePath().getParent())) {
            output.warn(path + " is world accessible: chmod 600 " + path);
        }
    }

    private static boolean isForOthers(Path path) throws IOException {
        return Files.getPosixFilePermissions(path).stream()
                .anyMatch(permission -> permission.name().startsWith("OTHERS_"));
    }

    /** Waits until the daemon of a just deleted interface of that name has ended. */
    private static void awaitEndOfPredecessor(String name) throws IOException {
        long begin = System.nanoTime();
        try {
            while (UapiClient.interfaces().contains(name)
                    && System.nanoTime() - begin < PREDECESSOR_NS) {
                Thread.sleep(5);
            }
        } catch (InterruptedException e) {
            throw new InterruptedIOException("interrupted");
        }
    }

    static void configure(UapiClient device, List<SetCommand> commands, ConfigFile file)
            throws IOException {
        try {
            device.set(commands);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EADDRINUSE && file.device().listenPort().isPresent()) {
                throw portTaken(file, e);
            }
            throw e;
        }
    }

    /**
     * Fails if the port is taken. The interface opens its port some time after it is up, and then
     * cannot report a failure to the caller.
     */
    private static void refuseIfTaken(ConfigFile file) throws IOException {
        OptionalInt port = file.device().listenPort();
        if (port.isPresent()) {
            try (var _ = new DatagramSocket(port.getAsInt())) {
                return;
            } catch (BindException e) {
                throw portTaken(file, e);
            }
        }
    }

    private static IOException portTaken(ConfigFile file, IOException cause) {
        return new IOException(
                "%s, [Interface] ListenPort: UDP port %d is taken by another interface or program"
                        .formatted(file.path(), file.device().listenPort().getAsInt()),
                cause);
    }

    static void addAddresses(
            RtNetlink net, Journal journal, String name, List<Cidr> addresses, Output output)
            throws IOException {
        boolean withIpv6 =
                addresses.stream().allMatch(Cidr::isIpv4) || new Ipv6(name, net, output).enable();
        for (Cidr address : addresses) {
            String text = address.toString();
            if (!withIpv6 && !address.isIpv4()) {
                output.warn("this host has no IPv6: " + name + " goes without " + text);
                continue;
            }
            journal.append(new Step.Address(true, address));
            output.step(
                    "ip %s address add %s dev %s"
                            .formatted(IpCommand.family(address.isIpv4()), text, name));
            net.addAddress(name, address);
        }
    }
}
