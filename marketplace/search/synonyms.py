"""Words of the trade that mean the same, in Chinese and English. Pure; our own list.

A word is also looked for as the other words of its line, at a discount. What stands on a line is
separated by `;` and may be several words, which must then all be there; only single words are
looked up. Add to it what readers ask for in vain.
"""

from functools import cache

from marketplace.search.analysis import parse

_LINES = """
电池; 蓄电池; battery
锂离子; lithium
充电; charging; charger
电动汽车; 电动车; EV; electric vehicle
汽车; 车辆; vehicle; car
无人机; 无人飞行器; drone; UAV
机器人; 机械手; robot; robotic
传感器; 感测器; sensor
半导体; semiconductor
芯片; 集成电路; chip
晶圆; wafer
电路; circuit
电机; 马达; 电动机; motor
发动机; engine
显示; display
屏幕; screen
图像; 图象; 影像; image
视频; video
语音; speech; voice
识别; recognition
检测; 检验; detection
测量; measurement
监测; 监控; monitoring
控制; control
导航; navigation
定位; positioning
通信; 通讯; communication
天线; antenna
雷达; radar
激光; laser
光学; optical
光伏; 太阳能; photovoltaic; solar
储能; energy storage
燃料; fuel
氢气; 氢能; hydrogen
散热; 冷却; cooling
加热; heating
材料; material
涂料; 涂层; coating
薄膜; film
陶瓷; ceramic
合金; alloy
石墨烯; graphene
纳米; nano
催化剂; catalyst
聚合物; polymer
塑料; plastic
纤维; fibre; fiber
软件; software
算法; algorithm
数据; data
网络; network
神经网络; neural network
人工智能; AI; artificial intelligence
区块链; blockchain
物联网; IoT; internet of things
加密; encryption
脑电; EEG
脑机接口; BCI; brain computer interface
康复; rehabilitation
外骨骼; exoskeleton
轮椅; wheelchair
医疗; medical
诊断; diagnosis
治疗; therapy; treatment
药物; 药品; drug; pharmaceutical
抗体; antibody
疫苗; vaccine
肿瘤; 癌症; tumour; tumor; cancer
基因; gene
细胞; cell
蛋白; protein
农业; agriculture
饲料; feed
食品; food
茶叶; tea
饮料; beverage
服装; clothing
家具; furniture
玩具; toy
照明; 灯具; lighting; lamp
空调; air conditioner
洗衣机; washing machine
阀门; valve
水泵; pump
轴承; bearing
模具; mould; mold
焊接; welding
切割; cutting
打印; printing
包装; packaging
污水; 废水; sewage; wastewater
净化; purification
回收; recycling
船舶; ship
港口; 码头; port
物流; logistics
仓储; 仓库; warehouse
商标; trademark
专利; patent
著作权; 版权; copyright
"""

Way = tuple[str, ...]


def others(word: str) -> tuple[Way, ...]:
    """The other ways to say a word as the analyser gives it; none for most words."""
    return _known().get(word, ())


@cache
def _known() -> dict[str, tuple[Way, ...]]:
    found: dict[str, dict[Way, None]] = {}
    for line in _LINES.split("\n"):
        said = [tuple(word.text for word in parse(each).words) for each in line.split(";")]
        for asked in said:
            if len(asked) == 1:
                found.setdefault(asked[0], {}).update((way, None) for way in said if way != asked)
    return {word: tuple(ways) for word, ways in found.items()}
