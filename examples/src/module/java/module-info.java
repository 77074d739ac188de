// SPDX-License-Identifier: Apache-2.0
/** A program's own module, for the example ModulePath. */
module com.example {
    requires org.wgj.tunnel; // brings org.wgj.crypto, org.wgj.protocol and org.wgj.tun
}
