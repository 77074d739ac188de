// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.Cidr;
import org.wgj.tun.linux.Rule;
import org.wgj.tunnel.config.QuickConfig;

import java.nio.file.Path;

/**
 * A step of {@code up} outside of the interface itself, with everything needed to undo it.
 * Addresses and routes disappear with the interface; they are steps because a reload needs them.
 */
sealed interface Step {
    /**
     * The settings that the interface is brought up with, since the file may change meanwhile.
     *
     * @param file where the configuration is saved
     */
    record From(Path file, QuickConfig quick) implements Step {}

    /**
     * Hooks begin to run.
     *
     * @param post whether PostUp, else PreUp
     */
    record Hooks(boolean post) implements Step {}

    /**
     * The process that may make the interface; the last one counts.
     *
     * @param id that of a {@link StartPermit}, or {@link #NONE} if no process may any more
     */
    record Permit(String id) implements Step {
        static final String NONE = "-";
    }

    /** The interface is about to be created. */
    record Link() implements Step {}

    /**
     * The interface exists.
     *
     * @param index the kernel's index, which distinguishes it from a later one of the same name
     */
    record LinkMade(int index) implements Step {}

    /** An address of the interface, added or removed. */
    record Address(boolean added, Cidr address) implements Step {}

    /** A route through the interface, added or removed. */
    record AllowedRoute(boolean added, Cidr destination, int table) implements Step {}

    /**
     * A default route of a family through the interface, added or removed.
     *
     * @param table the table of the route, and the mark in its rule
     */
    record DefaultRoute(boolean added, boolean ipv4, int table) implements Step {}

    /** The mark of the interface's datagrams, chosen because the file names none. */
    record Mark(int mark) implements Step {}

    /**
     * A routing rule, added or removed.
     *
     * @param ownTable the table of the default route that the rule belongs to
     */
    record RoutingRule(boolean added, Rule rule, int ownTable) implements Step {}

    /** src_valid_mark: the kernel considers marks when it checks source addresses. */
    record ValidMark() implements Step {}

    /**
     * Firewall rules of one family.
     *
     * @param nft whether nft added them, else iptables-restore
     */
    record Firewall(boolean nft, boolean ipv4) implements Step {}

    /**
     * Name servers set with the program resolvconf.
     *
     * @param record their name in resolvconf
     */
    record Resolvconf(String record) implements Step {}

    /**
     * Name servers written to resolv.conf.
     *
     * @param before the earlier text, or the target of a symbolic link; null without a file
     * @param link whether it was a symbolic link
     * @param written the text that was written
     */
    record ResolvConfFile(String before, boolean link, String written) implements Step {}

    /** The interface is up. */
    record Complete() implements Step {}
}
