-- For wrk: sends the lines of a file, drawn at random, each `METHOD PATH` or `METHOD PATH BODY`.
-- Usage: wrk ... -s requests.lua URL -- FILE
local requests = {}

function init(arguments)
    math.randomseed(7)
    wrk.headers["Content-Type"] = "application/json"
    for line in io.lines(arguments[1]) do
        local method, path, body = line:match("^(%S+) (%S+) ?(.*)$")
        requests[#requests + 1] = wrk.format(method, path, wrk.headers, body ~= "" and body or nil)
    end
end

function request()
    return requests[math.random(#requests)]
end
