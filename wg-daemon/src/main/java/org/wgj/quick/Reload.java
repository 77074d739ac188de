// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.request.SetRequests;
import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.RtNetlink;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.config.QuickConfig;
import org.wgj.uapi.SetCommand;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Applies a newer file to a running interface without dropping sessions. */
final class Reload {
    private final ConfigFile file;
    private final String name;
    private final RtNetlink net;
    private final Journal journal;
    private final Output output;

    Reload(ConfigFile file, RtNetlink net, Journal journal, Output output) {
        this.file = file;
        this.name = file.interfaceName();
        this.net = net;
        this.journal = journal;
        this.output = output;
    }

    void run(EndpointResolver resolver) throws IOException {
        KernelLimits.check(file, new Ipv6(name, net, output).isPossible());
        UapiClient device = UapiClient.of(name);
        StatusWithKeys present = device.statusWithKeys();
        try {
            List<SetCommand> commands =
                    new ArrayList<>(SetRequests.syncconf(file.device(), present, resolver));
            keepSettingsMissingInTheFile(commands);
            warnIfDnsChanged();
            journal.append(new Step.From(file.path(), file.quick()));
            output.step("wg syncconf " + name + " <(wgj strip " + file.path() + ")");
            if (!commands.isEmpty()) {
                Up.configure(device, commands, file);
            }
        } finally {
            present.wipe();
        }
        boolean changed = changeAddresses();
        if (file.quick().mtu().isPresent()) {
            int mtu = file.quick().mtu().getAsInt();
            if (net.link(name).mtu() != mtu) {
                output.step("ip link set mtu " + mtu + " dev " + name);
                net.setMtu(name, mtu);
            }
        }
        new Routes(name, net, journal, output).apply(device, file.quick().table(), changed);
    }

    private void warnIfDnsChanged() {
        for (Step step : journal.steps().reversed()) {
            if (step instanceof Step.From(var _, QuickConfig before)) {
                if (!before.dnsServers().equals(file.quick().dnsServers())
                        || !before.dnsSearch().equals(file.quick().dnsSearch())) {
                    output.warn(name + ": DNS has changed, which takes effect with the next up");
                }
                return;
            }
        }
    }

    /** Keeps a mark that was chosen for a default route, and a key that a hook may have set. */
    private void keepSettingsMissingInTheFile(List<SetCommand> commands) {
        if (file.device().fwmark().isEmpty()
                && journal.steps().stream().anyMatch(Step.Mark.class::isInstance)) {
            commands.removeIf(SetCommand.Fwmark.class::isInstance);
        }
        if (file.device().privateKey() == null) {
            commands.removeIf(SetCommand.PrivateKey.class::isInstance);
        }
    }

    /** Returns whether anything has changed. */
    private boolean changeAddresses() throws IOException {
        Set<Cidr> present = new LinkedHashSet<>();
        for (Step step : journal.steps()) {
            if (step instanceof Step.Address(boolean added, Cidr address)) {
                if (added) {
                    present.add(address);
                } else {
                    present.remove(address);
                }
            }
        }
        List<Cidr> missing = new ArrayList<>(file.quick().addresses());
        missing.removeAll(present);
        if (missing.stream().anyMatch(address -> !address.isIpv4())
                && !new Ipv6(name, net, output).enable()) {
            missing.removeIf(address -> !address.isIpv4()); // as at the start, which warned of it
        }
        present.removeAll(file.quick().addresses());
        Up.addAddresses(net, journal, name, missing, output);
        for (Cidr address : present) {
            output.step(
                    "ip %s address delete %s dev %s"
                            .formatted(IpCommand.family(address.isIpv4()), address, name));
            try {
                net.removeAddress(name, address);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.EADDRNOTAVAIL) { // another program has removed it
                    throw e;
                }
            }
            journal.append(new Step.Address(false, address));
        }
        return !missing.isEmpty() || !present.isEmpty();
    }
}
