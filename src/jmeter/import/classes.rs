//! Classes that are no part of a load over HTTP.
//!
//! In: the class of an element, without its package. Out: what kind it is of. Always holds: a class of no kind here is
//! translated, or refused.

/// What shows results, records, or is only of JMeter's window.
const WITHOUT_EFFECT: [&str; 24] = [
    "ResultCollector",
    "Summariser",
    "WorkBench",
    "ProxyControl",
    "MirrorServer",
    "HttpMirrorControl",
    "DebugSampler",
    "DebugPostProcessor",
    "PropertyControl",
    "ViewResultsFullVisualizer",
    "TestFragmentController",
    "PerfMonCollector",
    "DbMonCollector",
    "JMXMonCollector",
    "PageDataExtractorOverTimeCollector",
    "FlexibleFileWriter",
    "ConsoleStatusLogger",
    "LoadosophiaUploader",
    "BlazeMeterUploader",
    "MailerResultCollector",
    "SimpleDataWriter",
    "GraphsGeneratorListener",
    "MonitorHealthVisualizer",
    "Comment",
];
/// Samplers of other protocols whose class does not end in `Sampler`, and what works for them alone.
const OTHER_PROTOCOLS: [&str; 2] = ["JDBCPreProcessor", "JDBCPostProcessor"];
/// What only samplers of other protocols read.
const FOR_OTHER_PROTOCOLS: [&str; 11] = [
    "JDBCDataSource",
    "DataSourceElement",
    "JavaConfig",
    "LDAPConfig",
    "ChromeDriverConfig",
    "FirefoxDriverConfig",
    "HtmlUnitDriverConfig",
    "RemoteDriverConfig",
    "InternetExplorerDriverConfig",
    "MongoSourceElement",
    "BoltConnectionElement",
];
/// Samplers over HTTP, and those that hold samplers.
const OVER_HTTP: [&str; 4] = ["HTTPSampler", "HTTPSampler2", "GraphQLHTTPSampler", "ParallelSampler"];
/// Windows of `ConfigTestElement` that say something for samplers of other protocols, or nothing.
const OTHER_CONFIGS: [&str; 8] = [
    "SimpleConfigGui",
    "LoginConfigGui",
    "TCPConfigGui",
    "FtpConfigGui",
    "LdapConfigGui",
    "LdapExtConfigGui",
    "JavaConfigGui",
    "ObsoleteGui",
];

/// Whether an element of this class changes neither the load nor the verdict.
pub(super) fn is_without_effect(class: &str) -> bool {
    WITHOUT_EFFECT.contains(&class) || class.ends_with("ResultCollector")
}

/// Whether this is a sampler that speaks something else than HTTP; those of scripts are none.
pub(super) fn speaks_otherwise(class: &str) -> bool {
    OTHER_PROTOCOLS.contains(&class) || (class.ends_with("Sampler") && !OVER_HTTP.contains(&class))
}

/// Whether only samplers of other protocols read an element of this class and window.
pub(super) fn serves_others(class: &str, gui: &str) -> bool {
    let window = gui.rsplit('.').next().unwrap_or(gui);
    FOR_OTHER_PROTOCOLS.contains(&class) || (class == "ConfigTestElement" && OTHER_CONFIGS.contains(&window))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samplers_of_other_protocols_are_told_from_those_over_http() {
        for class in ["JDBCSampler", "WebSocketSampler", "JavaSampler", "JDBCPreProcessor"] {
            assert!(speaks_otherwise(class), "{class}");
        }
        for class in ["HTTPSampler", "HTTPSampler2", "HTTPSamplerProxy", "Odd"] {
            assert!(!speaks_otherwise(class), "{class}");
        }
        assert!(serves_others("ConfigTestElement", "org.apache.jmeter.protocol.tcp.config.gui.TCPConfigGui"));
        assert!(!serves_others("ConfigTestElement", "HttpDefaultsGui"));
    }
}
